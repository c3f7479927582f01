"""PostgreSQL restarted under load, in order and as after a crash: the server stays, phones hear 503 and send again, nothing is lost.

So that the check can fail, the same is done with `synchronous_commit = off`, put in behind the server's back: there interviews that
were acknowledged must be missing, and the server must refuse to go on once it is connected anew.

While it stays away, whoever asks hears so soon, however many ask at once.
"""

import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from kept import Kept, check
from phones import Phones
from postgres import Cluster
from server import Server
from study import Study
from trial import Trial, wait_until

AT_ONCE = 32
# What ask at once while PostgreSQL is away: more than the server has threads that may wait for it.
ASKING = 200


def main():
    trial = Trial(__doc__)
    with Cluster() as cluster:
        for mode in ("fast", "immediate"):
            restarts(trial, cluster, mode)
        stays_away(trial, cluster)
    # With room for all that is not written meanwhile.
    with Cluster("wal_buffers=64MB") as cluster:
        loses(trial, cluster)
    return trial.end()


def restarts(trial, cluster, mode):
    trial.say(f"restarts, {mode}")
    place = cluster.place(trial.scratch / mode)
    server = Server(trial.kish, place, trial.scratch / f"log-{mode}").start()
    study = Study(server, cases=trial.pick(60_000, 20_000), devices=AT_ONCE)
    phones = Phones(study, [server], AT_ONCE).start()
    away, back = [], []
    for _ in range(trial.pick(5, 2)):
        time.sleep(trial.draws.uniform(0.5, 1.5))
        began = time.monotonic()
        cluster.stop(mode)
        time.sleep(trial.draws.uniform(0.0, 1.0))
        cluster.start()
        away.append(time.monotonic() - began)
        kept = len(phones.acknowledged)
        back.append(wait_until(lambda: len(phones.acknowledged) > kept + AT_ONCE, "interviews are kept again"))
    phones.stop()
    trial.say(f"away {', '.join(f'{s:.1f}' for s in away)} s; {AT_ONCE} more interviews kept within {', '.join(f'{s:.1f}' for s in back)} s after")
    trial.say(f"{phones.said()}; the slowest took {phones.longest():.1f} s")
    trial.claim(server.is_alive(), "the process lives")
    trial.claim(phones.without_answer == 0, "every post was answered")
    phones.check(trial)
    check(trial, study, phones.acknowledged, phones.sent)
    server.kill()


def stays_away(trial, cluster):
    trial.say("PostgreSQL stays away")
    place = cluster.place(trial.scratch / "away")
    server = Server(trial.kish, place, trial.scratch / "log-away").start()
    study = Study(server, cases=1_000, devices=1)
    asks = lambda _=None: study.call(server, "coordinator", "GET", "/v1/users/current")[:2]
    trial.claim(asks()[0] == 200, "it answers")
    cluster.stop("immediate")
    with ThreadPoolExecutor(ASKING) as people:
        # The first of them find out.
        found_out = list(people.map(asks, range(AT_ONCE)))
        began = time.monotonic()
        answers = list(people.map(asks, range(ASKING)))
        took = time.monotonic() - began
    trial.say(f"{ASKING} who ask at once have their answers after {took:.1f} s")
    trial.claim({status for status, _ in found_out + answers} == {503}, "all hear 503")
    trial.claim(all("retry-after" in headers for _, headers in answers), "and when to ask again")
    trial.claim(took < 10, "soon")
    cluster.start()
    back = wait_until(lambda: asks()[0] == 200, "it answers again")
    trial.say(f"it answers again {back:.1f} s after PostgreSQL is back")
    server.kill()


def loses(trial, cluster):
    trial.say("the control: synchronous_commit off")
    place = cluster.place(trial.scratch / "off")
    server = Server(trial.kish, place, trial.scratch / "log-off").start()
    study = Study(server, cases=20_000, devices=AT_ONCE)
    cluster.admin("ALTER SYSTEM SET synchronous_commit = off")
    cluster.admin("SELECT pg_reload_conf()")
    # What writes down now and then all the same: what is lost must not be a matter of chance.
    os.kill(cluster.process("walwriter"), signal.SIGSTOP)
    phones = Phones(study, [server], AT_ONCE).start()
    wait_until(lambda: len(phones.acknowledged) > 500, "interviews are kept")
    cluster.stop("immediate")
    acknowledged = dict(phones.acknowledged)
    cluster.start()
    wait_until(lambda: "synchronous_commit is off" in server.words(), "the server sees it")
    kept = Kept.of(place)
    lost = sum(kept.times(study, n) == 0 for n in acknowledged)
    trial.say(f"{lost} of {len(acknowledged)} interviews acknowledged are missing, and the server takes no more in")
    trial.claim(lost > len(acknowledged) / 2, "what is not synced is lost: else this could not fail")
    trial.claim(len(phones.acknowledged) == len(acknowledged), "nothing is acknowledged any more")
    cluster.admin("ALTER SYSTEM RESET synchronous_commit")
    cluster.admin("SELECT pg_reload_conf()")
    phones.stop()
    server.kill()


if __name__ == "__main__":
    sys.exit(main())
