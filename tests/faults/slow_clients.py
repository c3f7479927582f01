"""Five hundred clients that send a byte a second, in the head, in a body of JSON and in one of several parts: they are cut off at the
server's deadline, phones beside them hear 201 as fast as before, and descriptors and memory come back."""

import asyncio
import sys
import threading
import time

from kept import check
from phones import Phones
from server import Place, Server
from study import Study
from trial import Trial, wait_until

SLOW = 500
AT_ONCE = 8
# A head has the five seconds the server gives it; a body what it is told here.
BODY_SECONDS = 10
HEAD_SECONDS = 5
# How late it may be noticed by the clock of a busy machine.
SLACK = 5
# What phones wait for their answers may be so many times what it was before, and so many seconds more.
SHARE, TIMES, SECONDS = 0.99, 3, 0.5
MEGABYTES_LEFT = 32
# What the server opens once and keeps: eight readers with three files each, and some.
KEPT_OPEN = 32


def main():
    trial = Trial(__doc__)
    place = Place.on_sqlite(trial.scratch / "data")
    patience = {"KISH_BODY_IDLE_SECONDS": "30", "KISH_BODY_TOTAL_SECONDS": str(BODY_SECONDS)}
    server = Server(trial.kish, place, trial.scratch / "log", **patience).start()
    study = Study(server, cases=60_000, devices=AT_ONCE + SLOW)
    phones = Phones(study, [server], AT_ONCE).start()
    time.sleep(trial.pick(8, 3))
    descriptors, memory = server.descriptors(), server.megabytes("VmRSS")
    began = time.monotonic()
    crowd = Crowd(server, study)
    took = crowd.wait()
    over = time.monotonic()
    time.sleep(1)
    phones.stop()
    say_what_became(trial, phones, began, over)
    for name, seconds in took.items():
        deadline = HEAD_SECONDS if name == "head" else BODY_SECONDS
        answers = ", ".join(sorted({str(answer) for _, answer in seconds}))
        longest = max(at for at, _ in seconds)
        trial.say(f"{len(seconds)} slow in the {name}: cut off after {min(at for at, _ in seconds):.1f} to {longest:.1f} s, hearing {answers}")
        trial.claim(longest <= deadline + SLACK, f"nobody slow in the {name} is there after {deadline} s and some")
        trial.claim(not {"200", "201", "202"} & set(answers.split(", ")), "none of them hears that all is well")
        trial.claim(longest > deadline / 2, f"those slow in the {name} were let in, else nothing was tried")
    come_back(trial, server, descriptors, memory)
    server.kill()
    check(trial, study, phones.acknowledged, phones.sent)
    return trial.end()


def say_what_became(trial, phones, began, over):
    before, beside = phones.share(SHARE, until=began), phones.share(SHARE, since=began, until=over)
    trial.say(f"{AT_ONCE} phones waited {before * 1000:.0f} ms before and {beside * 1000:.0f} ms beside {SLOW} slow clients (99 in 100 of them "
              f"no longer), {phones.longest(began) * 1000:.0f} ms at most; {phones.said()}")
    trial.claim(beside <= TIMES * before + SECONDS, f"phones wait no longer than {TIMES} times as long and {SECONDS} s")
    phones.check(trial, {201})
    trial.claim(phones.without_answer == 0, "every post is answered")


def come_back(trial, server, descriptors, memory):
    if descriptors is not None:
        took = wait_until(lambda: server.descriptors() <= descriptors + KEPT_OPEN, "descriptors come back", 30)
        trial.say(f"{descriptors} descriptors before, {server.descriptors()} {took:.1f} s after")
    trial.say(f"{memory:.1f} MB before, {server.megabytes('VmRSS'):.1f} MB after, {server.megabytes('VmHWM'):.1f} MB at most")
    trial.claim(server.megabytes("VmRSS") <= memory + MEGABYTES_LEFT, f"no more than {MEGABYTES_LEFT} MB stay taken")


class Crowd:
    """A third of it is slow in each part of a request."""

    def __init__(self, server, study):
        self.server, self.study = server, study
        self.took = {"head": [], "body": [], "part": []}
        self.thread = threading.Thread(target=lambda: asyncio.run(self.run()), daemon=True)
        self.thread.start()

    def wait(self):
        self.thread.join()
        return self.took

    async def run(self):
        ways = list(self.took)
        await asyncio.gather(*(self.crawl(ways[number % len(ways)], number) for number in range(SLOW)))

    def quick(self, way, number):
        """What is sent at once."""
        head = f"POST /v1/sessions HTTP/1.1\r\nHost: kish\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n"
        if way == "head":
            return head.encode()
        if way == "body":
            return head.encode() + b"\r\n{"
        return self.study.request(0, device=AT_ONCE + number)[:1500]

    async def crawl(self, way, number):
        """Until it is cut off: after how many seconds, and with which status."""
        began = time.monotonic()
        reader, writer = await asyncio.open_connection(*self.server.address)
        writer.write(self.quick(way, number))
        answer = asyncio.ensure_future(reader.read(1 << 16))
        try:
            while not answer.done():
                await asyncio.wait([answer], timeout=1)
                writer.write(b"x")
            text = answer.result()
        except OSError:
            text = b""
        answer.cancel()
        self.took[way].append((time.monotonic() - began, text.split(None, 2)[1].decode() if text else "nothing"))
        writer.transport.abort()


if __name__ == "__main__":
    sys.exit(main())
