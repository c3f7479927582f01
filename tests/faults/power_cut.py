"""Whether an interview that was answered with 201 outlives a power cut: power_cut.py LOAD SCRATCH [POINTS] [SEED]

LOAD is the load generator (`cargo build --release --bins --example load`). It has a server on SQLite take interviews while
`recorder.c` writes down what reaches the disk, and when. At each of POINTS random moments the disk is built again as it may be
after the cut: all that was synced, and of the rest nothing, or what came first, or any part, in any order, cut at a sector.
There the database must be whole and hold every interview whose 201 had been heard.

So that the check can fail, the same is asked of a database that is synced less: as by `synchronous=NORMAL`, whose log is synced
only before it is written back. There interviews must be missing.
"""

import os
import random
import shutil
import sqlite3
import struct
import subprocess
import sys
from pathlib import Path

WRITE, SYNC, CUT, REMOVE = 1, 2, 3, 4
HEAD = struct.Struct("<QQQII")
SECTOR = 512
DATABASE = "kish.sqlite"
# Fewer mean that the check itself has broken.
LEAST_ACKNOWLEDGED, LEAST_LOST_OTHERWISE = 200, 0.1


def main(arguments):
    if len(arguments) not in (2, 3, 4):
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    load, scratch = Path(arguments[0]).resolve(), Path(arguments[1]).resolve()
    points = int(arguments[2]) if len(arguments) > 2 else 300
    seed = int(arguments[3]) if len(arguments) > 3 else 1
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    records, acknowledged = take(load, scratch)
    first = next(i for i, record in enumerate(records) if record[0] > acknowledged[0][0])
    draws = random.Random(seed)
    cuts = sorted(draws.sample(range(first, len(records)), min(points, len(records) - first)))
    print(f"seed {seed}: {len(records)} writes and syncs, {len(acknowledged)} interviews answered with 201, {len(cuts)} cuts")
    full = outcomes(records, acknowledged, cuts, scratch, random.Random(seed), is_durable=lambda _: True)
    normal = outcomes(records, acknowledged, cuts, scratch, random.Random(seed), is_durable=lambda i: syncs_in_normal(records, i))
    print(f"as it is: {full['broken']} broken, {full['lost']} cuts lost an interview ({full['missing']} of {full['asked']} asked for)")
    print(f"synced as by synchronous=NORMAL: {normal['broken']} broken, {normal['lost']} cuts lost an interview ({normal['missing']})")
    if len(acknowledged) < LEAST_ACKNOWLEDGED:
        print(f"!!! only {len(acknowledged)} interviews were answered", file=sys.stderr)
        return 1
    if normal["lost"] < LEAST_LOST_OTHERWISE * len(cuts):
        print("!!! what is not synced is not lost here: this check could not fail", file=sys.stderr)
        return 1
    return 0 if full["broken"] == 0 and full["lost"] == 0 else 1


def take(load, scratch):
    """What reached the disk, and the receipts of what was answered, by the time of the answer."""
    recorder, log, answered, files = scratch / "recorder.so", scratch / "log", scratch / "answered", scratch / "files"
    files.mkdir()
    source = Path(__file__).with_name("recorder.c")
    subprocess.run(["cc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", recorder, source, "-ldl"], check=True)
    recording = {"LD_PRELOAD": str(recorder), "RECORD_BELOW": str(files), "RECORD_TO": str(log), "TMPDIR": str(files)}
    subprocess.run([load, "--kills", "8", "--in-flight", "16", "--acknowledged", answered], env=os.environ | recording, check=True)
    lines = (line.split() for line in answered.read_text().splitlines())
    return read(log.read_bytes()), sorted((int(time), receipt) for receipt, time in lines)


def read(log):
    records, place = [], 0
    while place + HEAD.size <= len(log):
        time, offset, length, kind, path_length = HEAD.unpack_from(log, place)
        place += HEAD.size
        path = log[place:place + path_length].decode()
        place += path_length
        data = None
        if kind == WRITE:
            data = log[place:place + length]
            place += length
        # What is shared between processes is memory, and nothing after a cut.
        if Path(path).name in (DATABASE, f"{DATABASE}-wal"):
            records.append((time, kind, Path(path).name, offset, data))
    return records


def syncs_in_normal(records, place):
    """Of the syncs of the log only those before it is written back."""
    if not records[place][2].endswith("-wal"):
        return True
    return place + 1 < len(records) and records[place + 1][2] == DATABASE


def outcomes(records, acknowledged, cuts, scratch, draws, is_durable):
    """How many of the cuts leave a broken database, or one in which something is missing."""
    durable, pending, done = {}, {}, 0
    found = {"broken": 0, "lost": 0, "missing": 0, "asked": 0}
    for cut in cuts:
        for place in range(done, cut):
            _, kind, name, _, _ = records[place]
            if kind in (WRITE, CUT):
                pending.setdefault(name, []).append(records[place])
            elif kind == SYNC and is_durable(place):
                contents = durable.setdefault(name, bytearray())
                for record in pending.pop(name, []):
                    put(contents, record)
            elif kind == REMOVE:
                durable.pop(name, None)
                pending.pop(name, None)
        done = cut
        leave(scratch / "disk", durable, pending, draws)
        there = receipts(scratch / "disk" / DATABASE)
        wanted = [receipt for time, receipt in acknowledged if time < records[cut][0]]
        found["asked"] += len(wanted)
        if there is None:
            found["broken"] += 1
        elif missing := sum(receipt not in there for receipt in wanted):
            found["lost"] += 1
            found["missing"] += missing
    return found


def leave(folder, durable, pending, draws):
    """The files as a cut may leave them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    how = draws.choice(["nothing", "first", "any", "torn"])
    for name in set(durable) | set(pending):
        contents = bytearray(durable.get(name, b""))
        for record in remaining(pending.get(name, []), how, draws):
            put(contents, record)
        if contents or name in durable:
            (folder / name).write_bytes(contents)


def remaining(records, how, draws):
    """What of the writes that nothing synced reached the disk all the same."""
    if how == "nothing":
        return []
    if how == "first":
        return records[:draws.randint(0, len(records))]
    some = [record for record in records if draws.random() < 0.5]
    draws.shuffle(some)
    return [torn(record, draws) for record in some] if how == "torn" else some


def torn(record, draws):
    time, kind, name, offset, data = record
    if kind != WRITE or len(data) <= SECTOR:
        return record
    return time, kind, name, offset, data[:SECTOR * draws.randint(0, len(data) // SECTOR)]


def put(contents, record):
    _, kind, _, offset, data = record
    if kind == CUT:
        del contents[offset:]
        contents.extend(bytes(offset - len(contents)))
        return
    contents.extend(bytes(max(0, offset - len(contents))))
    contents[offset:offset + len(data)] = data


def receipts(database):
    """What the database recognises; nothing where it is broken."""
    try:
        with sqlite3.connect(database) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                return None
            rows = connection.execute("SELECT lower(hex(instance_mac)) FROM receipt JOIN response ON response.id = response_id").fetchall()
    except sqlite3.Error:
        return None
    finally:
        if "connection" in locals():
            connection.close()
    return {row[0] for row in rows}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
