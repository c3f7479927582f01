"""A clock that jumps under load: a day ahead, a day back, ten years ahead, and each time right again, while the server lives.

Interviews come in all the while, for an interview's day is the phone's unless that lies in the server's future; nothing is lost and the
trail stays whole. Forms are given out only while an approval is in force on the server's day. A clock that jumps ends the sessions
there are, and whoever signs in again goes on. At last the server starts while it is ten years ahead, and erases nothing.
"""

import sys
import time

from kept import check
from phones import Phones
from server import Place, Server, built
from study import Study, day_after
from trial import Trial, wait_until

AT_ONCE = 8
DAY = 86_400
TEN_YEARS = 3653 * DAY
# From when on an approval is in force, and until when; devices deliver for longer than the clock ever goes.
IN_FORCE = (-10, 30)
JUMPS = (("a day ahead", DAY), ("right", 0), ("a day back", -DAY), ("right", 0), ("ten years ahead", TEN_YEARS),
         ("a day back", -DAY), ("right", 0))


def main():
    trial = Trial(__doc__)
    clock = Clock(trial)
    place = Place.on_sqlite(trial.scratch / "data")
    server = Server(trial.kish, place, trial.scratch / "log", **clock.environment).start()
    study = Study(server, cases=60_000, devices=AT_ONCE, valid_days=IN_FORCE, expires_on=day_after(2 * TEN_YEARS // DAY))
    phones = Phones(study, [server], AT_ONCE).start()
    for words, seconds in JUMPS:
        jump(trial, server, study, phones, clock, words, seconds)
    phones.stop()
    trial.say(f"{phones.said()}; the slowest took {phones.longest():.2f} s")
    phones.check(trial, {201})
    trial.claim(phones.without_answer == 0, "every post is answered")
    trial.claim("a defect at" not in server.words(), "nothing broke")
    server.kill()
    start_ahead(trial, server, clock)
    check(trial, study, phones.acknowledged, phones.sent)
    return trial.end()


class Clock:
    def __init__(self, trial):
        self.file = trial.scratch / "offset"
        self.set(0)
        self.environment = {"LD_PRELOAD": built("clock", trial.scratch), "CLOCK_OFFSET": str(self.file)}

    def set(self, seconds):
        # In place: who has it mapped must see it.
        with open(self.file, "r+b" if self.file.exists() else "wb") as file:
            file.write(seconds.to_bytes(8, sys.byteorder, signed=True))
        self.seconds = seconds


def jump(trial, server, study, phones, clock, words, seconds):
    clock.set(seconds)
    kept = len(phones.acknowledged)
    time.sleep(trial.pick(2, 0.5))
    took = wait_until(lambda: len(phones.acknowledged) > kept + AT_ONCE, "interviews come in")
    session = is_signed_in(server, study)
    listed = b"tfvaw" in study.call(server, None, "GET", f"{study.path(0)}/formList")[2]
    trial.say(f"{words}: interviews come in ({took:.2f} s); the session is {'good' if session == 200 else 'over'}; the form is "
              f"{'' if listed else 'not '}listed")
    trial.claim(listed == (IN_FORCE[0] <= seconds // DAY <= IN_FORCE[1]), f"{words}: a form is listed while it is approved and no longer")
    trial.claim(session == 401, f"{words}: what was a session before is over")
    if session == 401:
        study.sessions["coordinator"] = study.sign_in(server, "coordinator")
        trial.claim(is_signed_in(server, study) == 200, f"{words}: who signs in again goes on")


def start_ahead(trial, server, clock):
    """By then all that was ever kept would be past its date."""
    before = server.place.rows("SELECT count(*) FROM response")
    clock.set(TEN_YEARS)
    server.start(KISH_LOG="warn")
    wait_until(lambda: "far ahead of the last run of retention" in server.words(), "the server sees that its clock is ahead")
    time.sleep(trial.pick(2, 0.5))
    clock.set(0)
    server.kill()
    trial.claim(server.place.rows("SELECT count(*) FROM response") == before, "a server that starts ten years ahead erases nothing")


def is_signed_in(server, study):
    return study.call(server, "coordinator", "GET", "/v1/users/current")[0]


if __name__ == "__main__":
    sys.exit(main())
