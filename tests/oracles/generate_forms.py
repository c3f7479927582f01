"""Compares Kish with pyxform on many small forms: generate_forms.py KISH SCRATCH_FOLDER

Each feature of features.py stands alone in one form and, by a fixed seed, together with others in more. Both programs
convert every form. What both take is compared as pyxform_agrees.py compares it; what one refuses the other must refuse,
and Kish must name the row. pyxform's XForm is then given to Kish, which must read it back into the same form. Fails where more than one form in a hundred differs, or where a type or column that Kish knows is in no form.
"""

import copy
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from features import FEATURES, REFUSALS, Feature
from openpyxl import Workbook
from pyxform.xls2xform import convert
from pyxform_agrees import differences, node

SEED = 20261121
COMBINED = 240
ALLOWED = 0.01
# Fewer mean that the comparison itself has broken.
LEAST = {"agree": 150, "both refuse": 30}
SOURCES = Path("src/instrument")
Form = tuple[str, Path, str | None]


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    kish, folder = arguments[0], Path(arguments[1])
    folder.mkdir(parents=True, exist_ok=True)
    counts = {"agree": 0, "both refuse": 0, "differ": 0}
    for name, path, wrong_row in forms(folder):
        verdict = judge(kish, path, wrong_row)
        counts[verdict[0]] += 1
        if verdict[0] == "differ":
            print(f"{path.name} ({name})\n    " + "\n    ".join(verdict[1][:4]))
    n = sum(counts.values())
    print(f"{n} forms: {counts['agree']} agree, {counts['both refuse']} refused by both, {counts['differ']} differ")
    forgotten = sorted(uncovered())
    if forgotten:
        print(f"no feature has these, which Kish reads: {', '.join(forgotten)}")
    too_few = any(counts[verdict] < least for verdict, least in LEAST.items())
    return 1 if forgotten or too_few or counts["differ"] > ALLOWED * n else 0


def uncovered() -> set[str]:
    """The types and columns that Kish's own tables name and no feature has."""
    types, columns = (SOURCES / "types.rs").read_text(), (SOURCES / "columns.rs").read_text()
    rows = [cells for feature in FEATURES for cells in feature.survey + feature.choices + [feature.settings]]
    used = {cells.get("type", "") for cells in rows}
    used |= {word for cells in rows for key in cells for word in (key.lower(), key.lower().split("::")[0])} | {"form_id"}
    known = set(re.findall(r'\("([^"]+)", QuestionType', types)) | set(re.findall(r'\("([^"]+)", "[^"]+"\)', columns))
    known |= set(re.findall(r'^    "([^"]+)",$', columns, re.MULTILINE))
    lists = re.findall(r'\("([^"]+)", Selection', types)
    return {word for word in known if word not in used} | {word for word in lists if not any(u.startswith(f"{word} ") for u in used)}


def judge(kish: str, path: Path, wrong_row: str | None) -> tuple[str, list[str]]:
    try:
        theirs = convert(path, validate=False).xform
    except Exception as refusal:  # pyxform ends in any of Python's errors, too
        theirs, said = None, str(refusal).replace("\n", " ")[:200]
    run = subprocess.run([kish, "convert", str(path)], capture_output=True, text=True, check=False)
    if theirs is None:
        if run.returncode == 0:
            return "differ", [f"pyxform refuses, Kish does not: {said}"]
        if wrong_row and wrong_row not in run.stderr:
            return "differ", [f"Kish does not name {wrong_row}: {run.stderr.strip()}"]
        return "both refuse", []
    if run.returncode != 0:
        return "differ", [f"Kish refuses, pyxform does not: {run.stderr.strip()}"]
    found = compared(theirs, run.stdout) or read_back(kish, path.with_suffix(".xml"), theirs)
    return ("differ", found) if found else ("agree", [])


def read_back(kish: str, path: Path, xform: str) -> list[str]:
    """What becomes another when Kish is given an XForm in place of the workbook it was made from."""
    path.write_text(xform)
    run = subprocess.run([kish, "convert", str(path)], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        return [f"Kish does not read pyxform's XForm: {run.stderr.strip()}"]
    return [f"read back, {found}" for found in compared(xform, run.stdout)]


def compared(theirs: str, ours: str) -> list[str]:
    found = differences(node(ElementTree.fromstring(theirs)), node(ElementTree.fromstring(ours)))
    return [f"{place}: {what}" for place, what in found]


def forms(folder: Path) -> Iterator[Form]:
    rng = random.Random(SEED)
    for number, feature in enumerate(FEATURES):
        yield feature.name, write(folder / f"one_{number:03}.xlsx", [feature])[0], None
    for number in range(COMBINED):
        chosen = rng.sample([f for f in FEATURES if not f.alone], rng.randint(2, 6))
        path, _ = write(folder / f"many_{number:03}.xlsx", chosen)
        yield " + ".join(f.name for f in chosen), path, None
    for number, feature in enumerate(REFUSALS):
        yield feature.name, *write(folder / f"wrong_{number:03}.xlsx", [*rng.sample(FEATURES[:40], rng.randint(0, 2)), feature])


def write(path: Path, features: list[Feature]) -> tuple[Path, str | None]:
    survey, choices, settings = [], [], {"form_id": "generated"}
    wrong = None
    for number, feature in enumerate(features):
        survey += [numbered(cells, number) for cells in feature.survey]
        known = {(c.get("list_name"), c.get("name")) for c in choices}
        choices += [c for c in (numbered(cells, number) for cells in feature.choices) if (c.get("list_name"), c.get("name")) not in known]
        settings |= numbered(feature.settings, number)
    if {"set_form_id", "id_string"} & settings.keys():
        del settings["form_id"]
    book = Workbook()
    book.remove(book.active)
    for name, rows in [("survey", survey), ("choices", choices), ("settings", [settings])]:
        for place, cells in enumerate(rows, start=2):
            for key in ("type", "name"):
                if cells.get(key, "").startswith("!"):
                    cells[key] = cells[key][1:]
                    wrong = f"sheet {name}, row {place},"
        fill(book.create_sheet(name), rows)
    book.save(path)
    return path, wrong


def fill(page, rows: list[dict[str, str]]) -> None:
    header = list(dict.fromkeys(key for cells in rows for key in cells))
    # A text without a language comes first, as authors have it.
    header.sort(key=lambda key: "::" in key)
    page.append(header)
    for cells in rows:
        page.append([cells.get(key) or None for key in header])
    for cell in (cell for line in page.iter_rows() for cell in line if cell.value is not None):
        cell.data_type = "s"


def numbered(cells: dict[str, str], number: int) -> dict[str, str]:
    return {key: value.replace("{n}", str(number)) for key, value in copy.copy(cells).items()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
