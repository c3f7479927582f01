"""Two thousand phones at once while the disk stalls and the queue of writes is full: each hears 201 or 503 with `Retry-After`, what is
acknowledged is there, memory stays bounded, and service goes on."""

import asyncio
import resource
import sys
import threading
import time
from collections import Counter

from kept import check
from phones import DIALLING, LATE, Phones, ask, call, leave
from server import Place, Server, built
from study import Study
from trial import Trial, wait_until

PHONES = 2000
REST = 1.0
# Of the answers; it is this program that is late then, on a machine without time.
SHARE_LATE = 0.05
# More than may wait for the writer (src/store/writer.rs); what the server's log says then.
CLERKS, FULL = 4500, "queue is full"
# What the server takes with 512 phones at most, and 32 kB for each line with its buffers.
MEGABYTES = 192 + (PHONES + CLERKS) * 32 / 1024


def main():
    trial = Trial(__doc__)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # The server inherits it: all lines, and what else is open.
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16_384), hard))
    place = Place.on_sqlite(trial.scratch / "data")
    server = Server(trial.kish, place, trial.scratch / "log").start()
    study = Study(server, cases=60_000, devices=PHONES // 4)
    server.kill()
    stall = trial.scratch / "stall"
    server.environment |= {"LD_PRELOAD": built("recorder", trial.scratch), "RECORD_BELOW": str(place.folder), "RECORD_STALL": str(stall)}
    server.start()
    trial.say(f"idle: {server.megabytes('VmRSS'):.1f} MB")
    crowd(trial, server, study, stall)
    server.kill()
    return trial.end()


def crowd(trial, server, study, stall):
    stall.touch()
    clerks = Clerks(server, study)
    wait_until(lambda: FULL in server.words(), "the queue is full", 120)
    trial.say("the queue is full")
    phones = Phones(study, [server], PHONES, rest=REST).start()
    wait_until(lambda: phones.answers[503] > PHONES, "phones hear 503")
    trial.say(f"{phones.answers[503]} times 503: the disk goes on")
    stall.unlink()
    time.sleep(trial.pick(20, 5))
    kept = len(phones.acknowledged)
    phones.stop(240)
    clerks.thread.join()
    most = server.megabytes("VmHWM")
    trial.say(f"{CLERKS} clerks heard {dict(clerks.answers)}; {PHONES} phones: {phones.said()}, half of the answers within "
              f"{phones.share(0.5):.2f} s, all within {phones.longest():.2f} s; {most:.1f} MB at most")
    phones.check(trial, {201, 503} | phones.answers.keys() & {LATE})
    trial.claim(phones.answers[LATE] < SHARE_LATE * phones.answers.total(), "few phones spoke too late")
    trial.claim(clerks.answers.keys() - {LATE} == {200, 503}, f"clerks hear 200 or 503 too: {dict(clerks.answers)}")
    trial.claim(phones.without_answer == 0, "every post is answered")
    trial.claim(most <= MEGABYTES, f"no more than {MEGABYTES:.0f} MB of memory are taken")
    calm = Phones(study, [server], 8, first=phones.next).start()
    wait_until(lambda: len(calm.acknowledged) > 50, "service goes on", 60)
    calm.stop()
    trial.say(f"{kept} acknowledged in the crowd; afterwards 8 phones hear {dict(calm.answers)}")
    calm.check(trial, {201})
    check(trial, study, phones.acknowledged | calm.acknowledged, calm.next)


class Clerks:
    """Who enrol a device each, all at once: nobody limits how many acts of people wait, as bodies of phones are limited."""

    def __init__(self, server, study):
        self.server, self.study = server, study
        self.answers = Counter()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.run()), daemon=True)
        self.thread.start()

    async def run(self):
        door = asyncio.Semaphore(DIALLING)
        await asyncio.gather(*(self.enrol(door) for _ in range(CLERKS)))

    async def enrol(self, door):
        body = '{"displayName": "phone"}'
        head = (f"POST /v1/projects/{self.study.id}/app-users HTTP/1.1\r\nHost: kish\r\nContent-Type: application/json\r\n"
                f"Authorization: Bearer {self.study.sessions['coordinator']}\r\nContent-Length: {len(body)}\r\n\r\n")
        line = None
        try:
            line = await call(self.server, door)
            self.answers[(await ask(line, (head + body).encode()))[0]] += 1
        except (OSError, EOFError):
            self.answers["none"] += 1
        leave(line)


if __name__ == "__main__":
    sys.exit(main())
