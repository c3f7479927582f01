"""Attack tables that `kish protect` has masked, with HiGHS: nothing withheld may be pinned within its protection.

    attack_tables.py KISH FOLDER [COUNT [SEED]]

Makes COUNT (1,000) random tables of small simulated counts: two or three dimensions, each a tree of two or three levels. Kish protects
each; the attacker gets what is published and the trees, nothing else, and asks HiGHS for the least and the most of every withheld
count, cases with the event and without it. His limits must be as far apart as the protection (one person, for a cell that tells on
nobody), and be those that Kish told the office. Then, as a control, one cell withheld to protect another is shown again: the same
attacker must find what it gives away. Exit 0 if all holds, 1 if not; the seed of each failing table is printed.
"""

import json
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from math import prod
from pathlib import Path

import highspy

PROTECTION = 5
TELLS = {"too_few_cases", "too_few_events", "too_few_without", "too_few_psus"}
NEAR = 1e-4
# Cells of a table: with more, a thousand of them take more than a minute.
LARGEST = 36


def tree(rng):
    """Codes with their parents: a total, two or three codes below it, and below some of these two more."""
    codes = [("_T", None)]
    for a in range(rng.choice([2, 2, 2, 3])):
        codes.append((f"c{a}", "_T"))
        if rng.random() < 0.2:
            codes += [(f"c{a}{b}", f"c{a}") for b in "xy"]
    return codes


def children(codes, code):
    return [child for child, parent in codes if parent == code]


def leaves(codes, code):
    below = children(codes, code)
    return [leaf for child in below for leaf in leaves(codes, child)] if below else [code]


def make(seed):
    """A request: every cell of the crossing, its counts summed up from the innermost ones."""
    rng = random.Random(seed)
    trees = []
    while not trees or prod(len(codes) for codes in trees) > LARGEST:
        trees = [tree(rng) for _ in range(rng.choice([2, 2, 3]))]
    most = rng.choice([6, 15, 40, 120])
    inner = {}
    for key in product(*[leaves(codes, "_T") for codes in trees]):
        n = 0 if rng.random() < 0.1 else rng.randint(0, most)
        inner[key] = (n, sum(rng.random() < 0.3 for _ in range(n)))
    cells = []
    for key in product(*[[code for code, _ in codes] for codes in trees]):
        inside = [inner[leaf] for leaf in product(*[leaves(codes, code) for codes, code in zip(trees, key)])]
        at = {f"d{i}": code for i, code in enumerate(key)}
        cells.append({"at": at, "measure": "m", "n": sum(n for n, _ in inside), "events": sum(e for _, e in inside)})
    dimensions = [
        {"id": f"d{i}", "codes": [{"code": c} if p is None else {"code": c, "parent": p} for c, p in codes]}
        for i, codes in enumerate(trees)
    ]
    table = {"id": "t", "by": [d["id"] for d in dimensions], "measures": ["m"], "cells": cells}
    return {"dimensions": dimensions, "measures": [{"id": "m"}], "tables": [table], "protection": PROTECTION}, trees


def key_of(cell):
    return tuple(cell["at"][f"d{i}"] for i in range(len(cell["at"])))


class Attacker:
    """What follows from published counts (`None` where withheld) by sums and by counts not being negative."""

    def __init__(self, trees, published):
        self.place = {key: i for i, key in enumerate(published)}
        self.solvers = [self.model(trees, [None if p is None else p[side] for p in published.values()]) for side in (0, 1)]

    def model(self, trees, counts):
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        lower = [0.0 if count is None else float(count) for count in counts]
        upper = [highspy.kHighsInf if count is None else float(count) for count in counts]
        solver.addVars(len(counts), lower, upper)
        for key, whole in self.place.items():
            for d, codes in enumerate(trees):
                parts = [self.place[key[:d] + (child,) + key[d + 1 :]] for child in children(codes, key[d])]
                if parts:
                    solver.addRow(0.0, 0.0, len(parts) + 1, [whole, *parts], [-1.0] + [1.0] * len(parts))
        return solver

    def limits(self, key):
        """Least and most of the cases with the event, and of those without."""
        return [self.interval(solver, self.place[key]) for solver in self.solvers]

    def interval(self, solver, column):
        found = []
        for sense in (highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize):
            solver.changeObjectiveSense(sense)
            solver.changeColCost(column, 1.0)
            solver.run()
            status = solver.getModelStatus()
            endless = status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible)
            if not endless and status != highspy.HighsModelStatus.kOptimal:
                raise RuntimeError(f"HiGHS: {status}")
            found.append(float("inf") if endless else solver.getInfo().objective_function_value)
            solver.changeColCost(column, 0.0)
        return tuple(found)


def pinned(truth, reasons, attacker):
    """Withheld cells of which the attacker knows more than he may."""
    found = []
    for key, reason in reasons.items():
        wanted = PROTECTION if reason in TELLS else 1
        for side, (least, most) in enumerate(attacker.limits(key)):
            is_no_event = side == 0 and truth[key][0] == 0
            if not is_no_event and most - least < wanted - NEAR:
                found.append((key, side, least, most))
    return found


def published(answer):
    """Events and the others of every cell as the world sees them, and the reason of each withheld one as the office does."""
    world, reasons = {}, {}
    for cell in answer["cells"]:
        key = key_of(cell)
        if cell["publish"] == "shown":
            world[key] = (cell["events"], cell["n"] - cell["events"])
        else:
            assert cell["n"] is None and cell["events"] is None and cell["value"] is None, cell
            world[key] = (0, 0) if cell["publish"] == "empty" else None
            if cell["publish"] != "empty":
                reasons[key] = cell["reason"]
    return world, reasons


def told_otherwise(answer, attacker):
    """Cells whose limits, as the office hears them, are not the attacker's."""
    found = []
    for cell in answer["cells"]:
        if cell["publish"] != "withheld":
            continue
        for side, mine in zip(("events", "without"), attacker.limits(key_of(cell))):
            told = [float("inf") if limit is None else limit for limit in cell["interval"][side]]
            if any(a != b and not abs(a - b) < 1e-3 for a, b in zip(told, mine)):
                found.append((key_of(cell), side, told, mine))
    return found


def attack(kish, folder, seed):
    """What went wrong, how many cells were withheld, and whether a planted cell was found (`None`: there was none to plant)."""
    request, trees = make(seed)
    path = folder / f"{seed}.json"
    path.write_text(json.dumps(request))
    run = subprocess.run([kish, "protect", path, "--format", "json"], capture_output=True, text=True)
    path.unlink()
    if run.returncode != 0:
        return [f"exit {run.returncode}: {run.stderr.strip()}"], 0, None
    answer = json.loads(run.stdout)
    truth = {key_of(cell): (cell["events"], cell["n"] - cell["events"]) for cell in request["tables"][0]["cells"]}
    world, reasons = published(answer)
    attacker = Attacker(trees, world)
    wrong = [f"shown {key} is not the truth" for key, seen in world.items() if seen is not None and seen != truth[key]]
    wrong += [f"pinned: {found}" for found in pinned(truth, reasons, attacker)]
    wrong += [f"told otherwise: {found}" for found in told_otherwise(answer, attacker)]
    return wrong, len(reasons), planted(truth, world, reasons, trees, seed)


def planted(truth, world, reasons, trees, seed):
    """Show one complementary cell again, the largest: does the attacker find anything?"""
    hidden = [key for key, reason in reasons.items() if reason == "complementary"]
    if not hidden or seed % 5:
        return None
    key = max(hidden, key=lambda key: sum(truth[key]))
    others = {other: reason for other, reason in reasons.items() if other != key}
    return bool(pinned(truth, others, Attacker(trees, world | {key: truth[key]})))


def main():
    kish, folder = sys.argv[1], Path(sys.argv[2])
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
    first = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    folder.mkdir(parents=True, exist_ok=True)
    seeds = range(first, first + count)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda seed: attack(kish, folder, seed), seeds))
    failed = [(seed, wrong) for seed, (wrong, _, _) in zip(seeds, results) if wrong]
    for seed, wrong in failed:
        print(f"seed {seed}: {'; '.join(wrong[:3])}", file=sys.stderr)
    plants = [found for _, _, found in results if found is not None]
    withheld = sum(count for _, count, _ in results)
    print(f"{count} simulated tables, seeds {first} to {seeds[-1]}: {withheld} cells withheld, in {len(failed)} tables something is wrong")
    print(f"{len(plants)} tables with a cell shown again: found in {sum(plants)}")
    return 1 if failed or sum(plants) < 0.9 * len(plants) or not plants else 0


if __name__ == "__main__":
    sys.exit(main())
