"""A disk that fills up under load: phones hear 503 and keep what they have, people go on reading, and nothing acknowledged is lost.

Three times over: on a small file system with room above the server's floor, which a foreign file then takes away; on one with no
floor, so that writes themselves fail with ENOSPC; and with files that may grow no further (RLIMIT_FSIZE, EFBIG). Then there is room
again, and the same process must serve again. A small file system wants the right to mount; without it the third way is tried alone.
"""

import os
import resource
import subprocess
import sys
import time

from kept import check
from phones import Phones
from server import Place, Server
from study import Study
from trial import Trial, wait_until

DISK, GROWN = "64m", "512m"
MIB = 1 << 20
FLOOR = 16 * MIB
AT_ONCE = 32


def main():
    trial = Trial(__doc__)
    disk = trial.scratch / "disk"
    disk.mkdir(mode=0o700)
    for floor, left in ((True, FLOOR + MIB // 2), (False, MIB)):
        if not mount(trial, disk):
            break
        try:
            on_small_disk(trial, disk, floor, left)
        finally:
            subprocess.run(["umount", "-l", disk], check=True)
    with_short_files(trial)
    return trial.end()


def mount(trial, disk):
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0700", "tmpfs", str(disk)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        trial.say(f"no small file system may be mounted here, so a full one is not tried: {done.stderr.strip()}")
    return done.returncode == 0


def on_small_disk(trial, disk, has_floor, left):
    trial.say("a file system that is full" + (" down to the floor" if has_floor else " to its last byte"))
    floor = {} if has_floor else {"KISH_DISK_FLOOR_MIB": "0"}
    place = Place.on_sqlite(disk / "data")
    server = Server(trial.kish, place, trial.scratch / f"log-{left}", **floor).start()
    study = Study(server, cases=trial.pick(40_000, 20_000), devices=AT_ONCE)

    def fill():
        # The server writes meanwhile: what was free a moment ago may not be.
        def is_filled():
            free = os.statvfs(disk)
            with open(disk / "foreign", "wb") as file:
                try:
                    os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize - left)
                    return True
                except OSError:
                    return False

        wait_until(is_filled, "a foreign file takes what was free")

    def make_room():
        subprocess.run(["mount", "-o", f"remount,size={GROWN}", disk], check=True)

    fills(trial, server, study, fill, make_room)


def with_short_files(trial):
    trial.say("files that may grow no further")
    place = Place.on_sqlite(trial.scratch / "data")
    server = Server(trial.kish, place, trial.scratch / "log-limit").start()
    study = Study(server, cases=trial.pick(40_000, 20_000), devices=AT_ONCE)

    def limit(size):
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    fills(trial, server, study, lambda: limit(place.file.stat().st_size + MIB // 4), lambda: limit(resource.RLIM_INFINITY))


def fills(trial, server, study, fill, make_room):
    """Under load; then there is room again."""
    try:
        phones = Phones(study, [server], AT_ONCE).start()
        wait_until(lambda: len(phones.acknowledged) > 100, "interviews are kept while there is room")
        fill()
        wait_until(lambda: phones.answers[503] > 100, "phones hear 503")
        # Long enough for what was read of the disk before to be forgotten, and for the log to be written back.
        time.sleep(2)
        before = len(phones.acknowledged)
        time.sleep(trial.pick(3, 1))
        trial.say(f"full: {phones.answers[503]} times 503, {len(phones.acknowledged) - before} more acknowledged in the last second or so")
        go_on(trial, server, study)
        before = len(phones.acknowledged)
        began = time.monotonic()
        make_room()
        wait_until(lambda: len(phones.acknowledged) >= before + 2 * AT_ONCE, "interviews are kept again")
        trial.say(f"room again: {2 * AT_ONCE} more interviews kept within {time.monotonic() - began:.2f} s, without a restart")
        phones.stop()
        trial.say(phones.said())
        trial.claim("Nothing was lost; try again later" in phones.words[503], f"503 says what to do: {phones.words[503]}")
        phones.check(trial)
        trial.claim(phones.without_answer == 0, "every post was answered")
        trial.claim(server.is_alive(), "the process lives")
        trial.claim("a defect at" not in server.words(), f"nothing broke: {server.words()[-500:]}")
    finally:
        server.kill()
    check(trial, study, phones.acknowledged, phones.sent)


def go_on(trial, server, study):
    """What must still be possible on a full disk."""
    trial.claim(server.get("/health/live")[0] == 200, "it says that it lives")
    status, headers, text = server.get("/health/ready")
    trial.claim(status == 503 and "retry-after" in headers, f"it says that it is not ready: {status} {text}")
    for path in ("/fieldwork", "/forms", "/app-users"):
        trial.claim(study.call(server, "coordinator", "GET", f"/v1/projects/{study.id}{path}")[0] == 200, f"{path} is read")
    status, _, text = study.call(server, None, "GET", f"{study.path(0)}/formList")
    trial.claim(status == 200 and b"tfvaw" in text, "phones get their forms")


if __name__ == "__main__":
    sys.exit(main())
