"""Three servers on one PostgreSQL and one folder of keys, one of them killed again and again, phones sending to all of them in turn.

Nothing is lost or doubled, an interview sent to all three in one moment is there once, who signed in at one has signed in at all, a device
that is revoked or a study that is stopped at one is so at all within a second, and the trail is whole.
"""

import sys
import threading
import time

from kept import Kept, check
from phones import Phones, post
from postgres import Cluster
from server import Server
from study import Study
from trial import Trial, wait_until

AT_ONCE = 24
SERVERS = 3
# Nothing of it is kept in a server's memory: each request asks the database.
SECONDS = 1.0


def main():
    trial = Trial(__doc__)
    with Cluster() as cluster:
        place = cluster.place(trial.scratch / "data")
        servers = [Server(trial.kish, place, trial.scratch / f"log-{number}").start() for number in range(SERVERS)]
        study = Study(servers[0], cases=trial.pick(60_000, 20_000), devices=AT_ONCE * 2)
        phones = Phones(study, servers, AT_ONCE).start()
        kill(trial, servers)
        phones.stop()
        trial.say(phones.said())
        # Whether one of them has to say 503 depends on where the others are.
        phones.check(trial, {201, 503} if 503 in phones.answers else {201})
        trial.claim(phones.without_answer > 0, "servers were killed while phones sent, else nothing was tried")
        first = phones.next
        sent = at_all(trial, servers, study, first)
        check(trial, study, [*phones.acknowledged, *range(first, sent)], sent)
        one_house(trial, servers, study, sent)
        trial.claim(place.run(trial.kish, "verify").returncode == 0, "the trail is whole")
        for server in servers:
            trial.claim("a defect at" not in server.words(), "nothing broke")
            server.kill()
    return trial.end()


def kill(trial, servers):
    rounds = trial.pick(20, 6)
    back = []
    for _ in range(rounds):
        time.sleep(trial.draws.uniform(0.2, 1.0))
        server = trial.draws.choice(servers)
        server.kill()
        time.sleep(trial.draws.uniform(0.0, 0.5))
        began = time.monotonic()
        server.start()
        back.append(time.monotonic() - began)
    trial.say(f"{rounds} kills of one of {len(servers)}; it lived again within {max(back):.2f} s")


def at_all(trial, servers, study, first):
    """The same interview to each server at once; the number after the last one sent."""
    rounds = trial.pick(50, 15)
    heard = []
    for n in range(first, first + rounds):
        together = threading.Barrier(len(servers))

        def send(server, n=n):
            together.wait()
            heard.append(post(server, study.request(n))[0])

        threads = [threading.Thread(target=send, args=[server]) for server in servers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    kept = Kept.of(study.place)
    trial.say(f"{rounds} interviews, each sent to all servers at once: {heard.count(201)} of {len(heard)} heard 201")
    trial.claim(heard.count(201) == len(heard), f"each post hears 201: {sorted(set(heard))}")
    trial.claim(all(kept.times(study, n) == 1 for n in range(first, first + rounds)), "each is there once")
    return first + rounds


def one_house(trial, servers, study, n):
    """What is decided at one server holds at the others."""
    here, others = servers[0], servers[1:]
    who = [study.call(server, "coordinator", "GET", "/v1/users/current")[0] for server in servers]
    trial.claim(who == [200] * len(servers), f"a session made at one server holds at all: {who}")

    device = study.devices[-1]
    gone = f"{device['path']}/formList"
    trial.claim([study.call(server, None, "GET", gone)[0] for server in servers] == [200] * len(servers), "a device gets its forms everywhere")
    study.do(here, "coordinator", "DELETE", f"/app-users/{device['id']}")
    took = until_all(lambda server: study.call(server, None, "GET", gone)[0] == 403, others)
    trial.say(f"a device revoked at one server is refused at the others after {took:.2f} s")
    trial.claim(took <= SECONDS, f"a revoked device is refused within {SECONDS} s")
    heard = {post(server, study.request(n, device=len(study.devices) - 1))[0] for server in servers}
    trial.claim(heard == {403}, f"and so is what it sends: {heard}")

    lists = lambda server: b"tfvaw" in study.call(server, None, "GET", f"{study.path(0)}/formList")[2]
    trial.claim(all(map(lists, servers)), "every server lists the form")
    stop = study.do(here, "ethics-reviewer", "POST", "/suspension", {"reason": "simulated danger"})["id"]
    took = until_all(lambda server: not lists(server), others)
    trial.say(f"a study stopped at one server is stopped at the others after {took:.2f} s")
    trial.claim(took <= SECONDS, f"a stop holds within {SECONDS} s")
    study.do(here, "ethics-reviewer", "DELETE", f"/suspension/{stop}")
    trial.claim(until_all(lists, others) <= SECONDS, "and so does its end")

    before = study.sessions["coordinator"]
    study.ask(here, "coordinator", "DELETE", "/v1/sessions/current")
    trial.claim({study.call(server, "coordinator", "GET", "/v1/users/current")[0] for server in servers} == {401}, "a session ends everywhere")
    study.sessions["coordinator"] = study.sign_in(others[0], "coordinator")
    trial.claim(before != study.sessions["coordinator"], "and another is made")


def until_all(is_so, servers):
    return max(wait_until(lambda: is_so(server), "the other servers follow", 30) for server in servers)


if __name__ == "__main__":
    sys.exit(main())
