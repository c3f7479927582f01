"""What a disk may hold after a power cut, from what `recorder.c` wrote down of the writes and syncs of a server on SQLite."""

import shutil
import sqlite3
import struct
from pathlib import Path

WRITE, SYNC, CUT, REMOVE, FAILED = 1, 2, 3, 4, 5
HEAD = struct.Struct("<QQQII")
SECTOR, PAGE = 512, 4096
DATABASE = "kish.sqlite"
LOG = f"{DATABASE}-wal"


def read(log):
    """The records of all processes by their time, each as (nanoseconds, kind, file, offset, bytes)."""
    records = [record for file in log.parent.glob(f"{log.name}.*") for record in of_process(file.read_bytes())]
    return sorted(records, key=lambda record: record[0])


def of_process(log):
    """Up to the last that is whole: a process that is killed may be writing one."""
    records, place = [], 0
    while place + HEAD.size <= len(log):
        time, offset, length, kind, path_length = HEAD.unpack_from(log, place)
        place += HEAD.size
        if place + path_length + (length if kind == WRITE else 0) > len(log):
            break
        path = log[place:place + path_length].decode()
        place += path_length
        data = None
        if kind == WRITE:
            data = log[place:place + length]
            place += length
        # What is shared between processes is memory, and nothing after a cut.
        if Path(path).name in (DATABASE, LOG):
            records.append((time, kind, Path(path).name, offset, data))
    return records


class File:
    """As whoever reads it sees it, as it is on the disk for certain, and what lies between."""

    def __init__(self, contents=b""):
        self.seen, self.durable, self.pending = bytearray(contents), bytearray(contents), []

    def write(self, record):
        put(self.seen, record)
        self.pending.append(record)

    def sync(self):
        self.bring(self.pending)
        self.pending = []

    def fail(self, draws):
        """What Linux does when writing back fails: it says so once, and takes what was to be written for written. It is seen as before,
        and reaches the disk only where something is written to the same page again."""
        self.bring([record for record in self.pending if record[1] == CUT or draws.random() < 0.5])
        self.pending = []

    def bring(self, records):
        """To the disk, by whole pages, as they are seen."""
        for record in records:
            put(self.durable, record)
        for _, kind, _, offset, data in records:
            if kind == WRITE:
                begin, end = offset // PAGE * PAGE, min(len(self.seen), -(-(offset + len(data)) // PAGE) * PAGE)
                put(self.durable, (0, WRITE, None, begin, self.seen[begin:end]))

    def after_cut(self, how, draws):
        contents = bytearray(self.durable)
        for record in remaining(self.pending, how, draws):
            put(contents, record)
        return contents


class Disk:
    """`contents` is what its files held before the first record, by name."""

    def __init__(self, draws, contents=None):
        self.draws = draws
        self.files = {name: File(held) for name, held in (contents or {}).items()}

    def follow(self, record, is_durable=True):
        _, kind, name, _, _ = record
        file = self.files.setdefault(name, File())
        if kind in (WRITE, CUT):
            file.write(record)
        elif kind == FAILED:
            file.fail(self.draws)
        elif kind == SYNC and is_durable:
            file.sync()
        elif kind == REMOVE:
            del self.files[name]

    def cut_power(self, folder):
        """Leaves in a folder what the disk may hold then: of what was not synced nothing, or what came first, or any part, in any order,
        cut at a sector."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        how = self.draws.choice(["nothing", "first", "any", "torn"])
        for name, file in self.files.items():
            (folder / name).write_bytes(file.after_cut(how, self.draws))


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


def syncs_in_normal(records, place):
    """Of the syncs of the log only those before it is written back, as by `synchronous=NORMAL`."""
    if records[place][2] != LOG:
        return True
    return place + 1 < len(records) and records[place + 1][2] == DATABASE


def outcomes(records, acknowledged, cuts, disk, folder, is_durable=lambda _: True):
    """How many of the cuts, each before the record of that number, leave a broken database, or one without something of what was
    `acknowledged`, by (nanoseconds, receipt)."""
    done, found = 0, {"broken": 0, "lost": 0, "missing": 0, "asked": 0}
    for cut in cuts:
        for place in range(done, cut):
            disk.follow(records[place], is_durable(place))
        done = cut
        disk.cut_power(folder)
        there = receipts(folder / DATABASE)
        now = records[cut][0] if cut < len(records) else float("inf")
        wanted = [receipt for time, receipt in acknowledged if time < now]
        found["asked"] += len(wanted)
        if there is None:
            found["broken"] += 1
        elif missing := sum(receipt not in there for receipt in wanted):
            found["lost"] += 1
            found["missing"] += missing
    return found


def receipts(database):
    """What the database recognises; nothing where it is broken."""
    try:
        with sqlite3.connect(database) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                return None
            rows = connection.execute("SELECT lower(hex(instance_mac)) FROM response WHERE instance_mac IS NOT NULL").fetchall()
    except sqlite3.Error:
        return None
    finally:
        if "connection" in locals():
            connection.close()
    return {row[0] for row in rows}
