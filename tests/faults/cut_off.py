"""A line that breaks after each single byte of a submission, by a reset or by an end: nothing of it is kept, until it comes whole.

The whole one is then there once, and no descriptor of the server's is left open.
"""

import socket
import struct
import sys
import time

from kept import Kept
from phones import post
from server import Place, Server
from study import Study
from trial import Trial, wait_until

# Closes without a word more: whatever is unsent is dropped, and the other side hears a reset.
AT_ONCE = struct.pack("ii", 1, 0)
DEVICES = 64
# What the server opens once and keeps: eight readers with three files each, and some.
KEPT_OPEN = 32


def main():
    trial = Trial(__doc__)
    place = Place.on_sqlite(trial.scratch / "data")
    server = Server(trial.kish, place, trial.scratch / "log").start()
    study = Study(server, cases=1000, devices=DEVICES)
    post(server, study.request(0))
    before = server.descriptors()
    for n, (name, breaks) in enumerate((("reset", reset), ("end", end)), 1):
        break_everywhere(trial, server, study, n, name, breaks)
    if before is None:
        trial.say("only root may count the server's descriptors, so they are not")
    else:
        took = wait_until(lambda: server.descriptors() <= before + KEPT_OPEN, "the server closes its lines", 30)
        trial.say(f"{before} descriptors before, {server.descriptors()} {took:.1f} s after")
    trial.claim(server.is_alive() and "a defect at" not in server.words(), "the process lives, and nothing broke")
    server.kill()
    return trial.end()


def break_everywhere(trial, server, study, n, name, breaks):
    request = study.request(n)
    # What comes after the closing boundary belongs to no part: without it the interview is whole.
    whole = request.rindex(b"--b0undary--") + len(b"--b0undary--")
    places = range(0, whole, trial.pick(1, 3))
    began = time.monotonic()
    for place in places:
        # A device may have four bodies under way, and what was cut off counts until the server has seen it.
        breaks(server, study.request(n, device=place)[:place])
    time.sleep(0.5)
    kept = Kept.of(study.place)
    trial.say(f"{len(places)} lines broken by {name} within {time.monotonic() - began:.1f} s, from byte 0 to {places[-1]} of {len(request)}: "
              f"{kept.times(study, n)} times kept")
    trial.claim(kept.times(study, n) == 0 and kept.responses == n and not kept.aside and kept.halves == 0, "nothing is kept of a part")
    heard = [post(server, request)[0] for _ in range(3)]
    kept = Kept.of(study.place)
    trial.say(f"sent whole three times it hears {heard} and is kept {kept.times(study, n)} times")
    trial.claim(heard == [201] * 3 and kept.times(study, n) == 1 and kept.responses == n + 1, "sent whole it is kept once")


def reset(server, part):
    line = connect(server, part)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    line.close()


def end(server, part):
    """The other direction stays open, and may answer: but nothing good."""
    line = connect(server, part)
    line.shutdown(socket.SHUT_WR)
    answer = line.recv(1 << 16)
    if answer.startswith((b"HTTP/1.1 201", b"HTTP/1.1 202")):
        raise AssertionError(f"{len(part)} bytes of a submission were acknowledged: {answer}")
    line.close()


def connect(server, part):
    line = socket.create_connection(server.address, timeout=20)
    line.sendall(part)
    return line


if __name__ == "__main__":
    sys.exit(main())
