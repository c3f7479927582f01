"""Whether an interview that was answered with 201 outlives a power cut.

The load generator, beside KISH, has a server on SQLite take interviews and kills it now and then, while `recorder.c` writes down what
reaches the disk, and when. At random moments the disk is built again as it may be after the cut: all that was synced, and of the rest
nothing, or what came first, or any part, in any order, cut at a sector. There the database must be whole and hold every interview whose
201 had been heard.

So that the check can fail, the same is asked of a database that is synced less: as by `synchronous=NORMAL`, whose log is synced
only before it is written back. There interviews must be missing.
"""

import os
import random
import subprocess
import sys

from disk import Disk, outcomes, read, syncs_in_normal
from server import built
from trial import Trial

# Fewer mean that the check itself has broken.
LEAST_ACKNOWLEDGED, LEAST_LOST_OTHERWISE = 200, 0.1


def main():
    trial = Trial(__doc__, cuts="of the power; 300, or 60 where it is brief")
    records, acknowledged = take(trial)
    first = next(i for i, record in enumerate(records) if record[0] > acknowledged[0][0])
    cuts = sorted(trial.draws.sample(range(first, len(records)), min(trial.given.cuts or trial.pick(300, 60), len(records) - first)))
    trial.say(f"{len(records)} writes and syncs, {len(acknowledged)} interviews answered with 201, {len(cuts)} cuts")
    disk = lambda: Disk(random.Random(trial.seed))
    full = outcomes(records, acknowledged, cuts, disk(), trial.scratch / "disk")
    normal = outcomes(records, acknowledged, cuts, disk(), trial.scratch / "disk", lambda place: syncs_in_normal(records, place))
    trial.say(f"as it is: {full['broken']} broken, {full['lost']} cuts lost an interview ({full['missing']} of {full['asked']} asked for)")
    trial.say(f"synced as by synchronous=NORMAL: {normal['broken']} broken, {normal['lost']} cuts lost an interview ({normal['missing']})")
    trial.claim(len(acknowledged) >= LEAST_ACKNOWLEDGED, f"{LEAST_ACKNOWLEDGED} interviews and more are answered")
    trial.claim(normal["lost"] >= LEAST_LOST_OTHERWISE * len(cuts), "what is not synced is lost: else this could not fail")
    trial.claim(full["broken"] == 0 and full["lost"] == 0, "nothing is broken or lost")
    return trial.end()


def take(trial):
    """What reached the disk, and the receipts of what was answered, by the time of the answer."""
    log, answered, files = trial.scratch / "log", trial.scratch / "answered", trial.scratch / "files"
    files.mkdir()
    recording = {"LD_PRELOAD": built("recorder", trial.scratch), "RECORD_BELOW": str(files), "RECORD_TO": str(log), "TMPDIR": str(files)}
    load = [trial.kish.parent / "examples" / "load", "--kills", "8", "--in-flight", "16", "--acknowledged", answered]
    subprocess.run(load, env=os.environ | recording, check=True)
    lines = (line.split() for line in answered.read_text().splitlines())
    return read(log), sorted((int(time), receipt) for receipt, time in lines)


if __name__ == "__main__":
    sys.exit(main())
