"""A disk that fails to sync: what was acknowledged outlives a power cut all the same, and phones hear 503 for what was not.

First each few syncs fail with EIO while phones send, the server ends of itself and is killed now and then, until the disk is well again; then all of them fail, the server is killed,
started on the same bad disk and sent the same interview again. The disk is built again at random moments as Linux leaves it: after a sync
that failed, what was to be written is taken for written, is read as before, and never reaches the disk unless it is written anew.
"""

import random
import shutil
import sys
import time

from disk import DATABASE, FAILED, LOG, Disk, outcomes, read, syncs_in_normal
from phones import Phones, post
from server import Place, Server, built
from study import Study
from trial import Trial

AT_ONCE = 16
FAIL_EACH = 40
LEAST_LOST_OTHERWISE = 0.1


def main():
    trial = Trial(__doc__)
    files, log = trial.scratch / "files", trial.scratch / "recorded"
    place = Place.on_sqlite(files)
    server = Server(trial.kish, place, trial.scratch / "log").start()
    study = Study(server, cases=20_000, devices=AT_ONCE)
    server.stop()
    before = {name: (files / name).read_bytes() for name in (DATABASE, LOG) if (files / name).exists()}
    server.environment |= {"LD_PRELOAD": built("recorder", trial.scratch), "RECORD_BELOW": str(files), "RECORD_TO": str(log)}
    phones = some_fail(trial, server, study)
    heard_before, heard_after = all_fail(trial, server, study, phones)
    records = read(log)
    acknowledged = sorted((at, study.receipt(n)) for n, at in phones.acknowledged.items())
    trial.say(f"{len(records)} writes and syncs, {sum(record[1] == FAILED for record in records)} of them syncs that failed")
    cut_power(trial, before, records, acknowledged)
    trial.claim(heard_before in (503, None), f"while no sync succeeds an interview hears 503 or nothing, not {heard_before}")
    trial.claim(heard_after != 201, "nor is it acknowledged after a restart, while none succeeds")
    shutil.rmtree(files)
    return trial.end()


def some_fail(trial, server, study):
    refused = start_at_last(server)
    phones = Phones(study, [server], AT_ONCE).start()
    for _ in range(trial.pick(8, 3)):
        time.sleep(trial.draws.uniform(0.5, 1.5))
        server.kill()
        refused += start_at_last(server)
    server.kill()
    server.start()
    phones.stop()
    server.kill()
    trial.say(f"each {FAIL_EACH}th sync fails, and at last none: {phones.said()}; {refused} times the server did not start at once")
    # A server that ends says nothing.
    phones.check(trial, heard={201})
    return phones


def start_at_last(server):
    """It may refuse to start on a disk like this; how often it did."""
    for refused in range(20):
        try:
            server.start(RECORD_FAIL_SYNC=str(FAIL_EACH))
            return refused
        except RuntimeError:
            continue
    raise RuntimeError(f"kish serve does not start where each {FAIL_EACH}th sync fails: {server.words()[-1000:]}")


def all_fail(trial, server, study, phones):
    """What an interview hears before and after a kill; a server that does not start acknowledges nothing either."""
    n = phones.next + 1
    is_bad = trial.scratch / "bad"
    server.start(RECORD_BAD_DISK=str(is_bad))
    # What the server does at its start is over, and its log holds something.
    time.sleep(1)
    trial.claim(post(server, study.request(n - 1))[0] == 201, "while all is well an interview hears 201")
    is_bad.touch()
    before = heard(server, study.request(n))
    server.kill()
    try:
        server.start(RECORD_BAD_DISK=str(is_bad))
        after = heard(server, study.request(n))
    except RuntimeError:
        after = None
    if after == 201:
        phones.acknowledged[n] = time.monotonic_ns()
    server.kill()
    words = f"hears {after}" if after else f"finds a server that does not start: {server.words().splitlines()[-1]}"
    trial.say(f"no sync succeeds: an interview hears {before or 'nothing, for the server ends'}; sent again after a kill it {words}")
    return before, after


def heard(server, request):
    """The status of the answer; None where the server ends instead."""
    try:
        return post(server, request)[0]
    except (EOFError, OSError, RuntimeError):
        return None


def cut_power(trial, before, records, acknowledged):
    n_cuts = trial.pick(200, 50)
    first = next(i for i, record in enumerate(records) if record[0] > acknowledged[0][0])
    cuts = sorted({*trial.draws.sample(range(first, len(records)), min(n_cuts, len(records) - first)), len(records)})
    cut = lambda **more: outcomes(records, acknowledged, cuts, Disk(random.Random(trial.seed), before), trial.scratch / "disk", **more)
    full, normal = cut(), cut(is_durable=lambda place: syncs_in_normal(records, place))
    trial.say(f"{len(cuts)} cuts: {full['broken']} broken, {full['lost']} lost an interview ({full['missing']} of {full['asked']} asked for)")
    trial.say(f"synced as by synchronous=NORMAL: {normal['broken']} broken, {normal['lost']} lost an interview ({normal['missing']})")
    trial.claim(normal["lost"] + normal["broken"] >= LEAST_LOST_OTHERWISE * len(cuts), "what is not synced is lost: else this could not fail")
    trial.claim(full["broken"] == 0 and full["lost"] == 0, "nothing is broken or lost")


if __name__ == "__main__":
    sys.exit(main())
