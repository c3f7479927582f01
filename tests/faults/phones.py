"""Phones: so many at once, each sending one interview after the other, and each interview again until it is answered with 201."""

import asyncio
import threading
import time
from collections import Counter

# Who is not answered within this is not answered.
PATIENCE = 60
# Between two tries; a phone waits longer, and a server that stands this stands that.
REST = 0.05
# What hears who is connected and does not speak in time, as here where the machine has no time for so many phones.
LATE = 408
# How many call a server at the same time: who is connected has to speak within seconds, however many wait for their turn here.
DIALLING = 50


class Phones:
    """Runs beside the trial, in a thread of its own, so that the trial can break things meanwhile."""

    def __init__(self, study, servers, at_once, first=0, rest=REST):
        """From the interview `first` on; several servers are asked in turn, with so many seconds of `rest` between two tries."""
        self.study, self.servers, self.at_once, self.rest = study, servers, at_once, rest
        self.next = first
        self.first = first
        # When it was heard that an interview is kept, in nanoseconds of CLOCK_MONOTONIC.
        self.acknowledged = {}
        self.answers = Counter()
        # Why there was no answer.
        self.unanswered = Counter()
        # What was said last with each status.
        self.words = {}
        # Answers that no phone knows what to do with.
        self.wrong = []
        # When each answer came and how long it took, in seconds.
        self.times = []
        self.is_enough = False
        self.thread = threading.Thread(target=lambda: asyncio.run(self.run()), daemon=True)

    def start(self):
        self.thread.start()
        return self

    def stop(self, patience=120):
        """No interview is begun any more; what was begun is sent until it is kept."""
        self.is_enough = True
        self.thread.join(patience)
        if self.thread.is_alive():
            raise TimeoutError(f"{self.sent - len(self.acknowledged)} interviews are still not kept after {patience} s: {self.said()}")

    @property
    def sent(self):
        return self.next - self.first

    def said(self):
        answers = ", ".join(f"{count} times {status}" for status, count in sorted(self.answers.items()))
        return f"{len(self.acknowledged)} interviews acknowledged; answers: {answers or 'none'}; none: {dict(self.unanswered) or 0}"

    def check(self, trial, heard=frozenset({201, 503})):
        """What phones heard: each of these statuses and no other, 503 with `Retry-After`."""
        trial.claim(set(self.answers) == heard, f"phones hear {set(heard)} and nothing else: {dict(self.answers)}")
        trial.claim(not self.wrong, f"phones hear what they understand: {self.wrong[:3]}")

    @property
    def without_answer(self):
        return self.unanswered.total()

    def longest(self, since=0.0):
        return max((took for at, took in self.times if at >= since), default=0.0)

    def share(self, share, since=0.0, until=float("inf")):
        """The seconds within which a share of the answers came, by the nearest rank."""
        took = sorted(took for at, took in self.times if since <= at < until)
        return took[max(0, -int(-share * len(took) // 1) - 1)] if took else 0.0

    async def run(self):
        self.door = asyncio.Semaphore(DIALLING)
        await asyncio.gather(*(self.phone(number) for number in range(self.at_once)))

    async def phone(self, number):
        line, tries = None, number
        while not self.is_enough and self.next < self.study.cases:
            n = self.next
            self.next += 1
            request = self.study.request(n, device=number)
            while n not in self.acknowledged:
                server = self.servers[tries % len(self.servers)]
                if len(self.servers) > 1:
                    line = leave(line)
                line = await self.send(line, server, n, request)
                tries += 1
                if n not in self.acknowledged:
                    await asyncio.sleep(self.rest)
        leave(line)

    async def send(self, line, server, n, request):
        """Gives the line where it can be used again."""
        began, is_fresh = time.monotonic(), line is None
        try:
            async with asyncio.timeout(PATIENCE):
                line = line or await call(server, self.door)
                status, headers, text = await ask(line, request)
        except (OSError, EOFError, TimeoutError) as error:
            # A line that nothing came over for a while may be closed by either side at any moment.
            if is_fresh or isinstance(error, TimeoutError):
                self.unanswered[type(error).__name__] += 1
            return leave(line)
        self.answers[status] += 1
        self.words[status] = text
        self.times.append((began, time.monotonic() - began))
        if status == 201:
            self.acknowledged[n] = time.monotonic_ns()
        elif status != LATE and (status != 503 or "retry-after" not in headers):
            self.wrong.append((status, headers))
        return leave(line) if headers.get("connection") == "close" else line


def post(server, request):
    """One request on a line of its own: what `ask` gives."""

    async def sent():
        line = await asyncio.open_connection(*server.address)
        try:
            return await asyncio.wait_for(ask(line, request), PATIENCE)
        finally:
            leave(line)

    return asyncio.run(sent())


async def call(server, door):
    async with door:
        line = await asyncio.open_connection(*server.address)
    return line


def leave(line):
    if line:
        line[1].transport.abort()
    return None


async def ask(line, request):
    """Sends a request and reads the whole answer: its status, its headers by names in small letters, and its text."""
    reader, writer = line
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = dict(part.lower().split(": ", 1) for part in head[1:] if part)
    text = await reader.readexactly(int(headers.get("content-length", 0)))
    return int(head[0].split()[1]), headers, text.decode()
