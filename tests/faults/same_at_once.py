"""One interview posted 64 times in the same moment, as phones on a bad line may: each hears 201, and it is there once."""

import sys
import threading
from socket import create_connection

from kept import Kept, check
from postgres import Cluster
from server import Place, Server, has_postgres
from study import Study
from trial import Trial

AT_ONCE = 64


def main():
    trial = Trial(__doc__)
    on(trial, "SQLite", Place.on_sqlite(trial.scratch / "sqlite"))
    if has_postgres():
        with Cluster() as cluster:
            on(trial, "PostgreSQL", cluster.place(trial.scratch / "postgres"))
    else:
        trial.say("PostgreSQL is not installed, so not tried")
    return trial.end()


def on(trial, name, place):
    server = Server(trial.kish, place, trial.scratch / f"log-{name}").start()
    # A device may have four bodies under way.
    study = Study(server, cases=1000, devices=AT_ONCE // 4)
    rounds = trial.pick(50, 10)
    heard = [status for n in range(rounds) for status in at_once(server, study, n)]
    kept = Kept.of(place)
    trial.say(f"{name}: {rounds} interviews, {AT_ONCE} times each at once: {heard.count(201)} of {len(heard)} heard 201, "
              f"{kept.responses} responses")
    trial.claim(heard.count(201) == len(heard), f"each post hears 201: {sorted(set(heard))}")
    trial.claim([kept.times(study, n) for n in range(rounds)] == [1] * rounds, "each interview is there once")
    check(trial, study, range(rounds), rounds)
    server.kill()


def at_once(server, study, n):
    """What each hears: all have sent everything but the last byte when the last bytes go."""
    lines = [create_connection(server.address, timeout=30) for _ in range(AT_ONCE)]
    requests = [study.request(n, device=number) for number in range(AT_ONCE)]
    for line, request in zip(lines, requests):
        line.sendall(request[:-1])
    heard, together = [], threading.Barrier(AT_ONCE)

    def finish(line, request):
        together.wait()
        line.sendall(request[-1:])
        heard.append(int(line.recv(1 << 16).split(None, 2)[1]))
        line.close()

    threads = [threading.Thread(target=finish, args=pair) for pair in zip(lines, requests)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return heard


if __name__ == "__main__":
    sys.exit(main())
