"""Has JavaRosa hold interviews at random and asks Kish about them: javarosa_walks.py KISH CHECK_INSTANCE FORMS SCRATCH [WALKS]

FORMS is the folder of generate_forms.py. Walked are those forms that need no file, and the shipped questionnaires more
often; the largest of them also with everything switched on that its office may switch on. Kish must take every instance
that JavaRosa finds nothing amiss with, which means that all its own calculations came to the same, and must reject every
spoiled one.
"""

import csv
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from pyxform.validators.odk_validate import ODK_VALIDATE_PATH

SEED = 20261121
SHIPPED = sorted(path.parent for path in Path("instruments").glob("*/survey.csv"))
SWITCHES = {"mode": "'3'", "min_age": "15", "distress_protocol": "1"}
# How many times as often as a generated form.
MORE = 20
# Fewer mean that the comparison itself has broken.
LEAST_FORMS, LEAST_INSTANCES = 50, 2000
# Files, and what only a real device can tell.
NEEDS_MORE = ("jr://file", "jr://instance", 'jr:preload="property"', "odk:recordaudio", "odk:setgeopoint")
SHOWN = 25


def main(arguments: list[str]) -> int:
    if len(arguments) not in (4, 5):
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    kish, checker, scratch = arguments[0], arguments[1], Path(arguments[3])
    walks = int(arguments[4]) if len(arguments) == 5 else 8
    books = {path.stem: path for path in sorted(Path(arguments[2]).glob("*.xlsx")) if not path.stem.startswith("wrong")}
    shipped = {path.name: path for path in SHIPPED} | {"switched": switched(Path("instruments/tfvaw"), scratch)}
    books |= shipped
    xforms = [x for x in (converted(kish, stem, book, scratch) for stem, book in books.items()) if x]
    found = scratch / "instances"
    found.mkdir(parents=True, exist_ok=True)
    for old in found.iterdir():
        old.unlink()
    if not shipped or sum(x.stem not in shipped for x in xforms) < LEAST_FORMS:
        raise SystemExit(f"only {len(xforms)} forms to walk, {len(shipped)} of them shipped")
    walk(scratch, found, walks, [x for x in xforms if x.stem not in shipped])
    walk(scratch, found, MORE * walks, [x for x in xforms if x.stem in shipped])
    return judged(checker, books, sorted(found.iterdir()))


def switched(book: Path, scratch: Path) -> Path:
    """The questionnaire as an office may set it: by telephone, from age 15, with the distress protocol."""
    copy = scratch / "switched"
    shutil.copytree(book, copy, dirs_exist_ok=True)
    with (book / "survey.csv").open(encoding="utf-8", newline="") as rows:
        survey = list(csv.DictReader(rows))
    for row in survey:
        row["calculation"] = SWITCHES.get(row["name"], row["calculation"])
    with (copy / "survey.csv").open("w", encoding="utf-8", newline="") as out:
        sheet = csv.DictWriter(out, survey[0].keys())
        sheet.writeheader()
        sheet.writerows(survey)
    return copy


def converted(kish: str, stem: str, book: Path, scratch: Path) -> Path | None:
    xform = scratch / f"{stem}.xml"
    scratch.mkdir(parents=True, exist_ok=True)
    run = subprocess.run([kish, "convert", str(book), "--out", str(xform)], capture_output=True, check=False)
    return xform if run.returncode == 0 and not any(sign in xform.read_text() for sign in NEEDS_MORE) else None


def walk(scratch: Path, found: Path, walks: int, xforms: list[Path]) -> None:
    classes = scratch / "classes"
    source = Path(__file__).with_name("Walk.java")
    subprocess.run(["javac", "-cp", ODK_VALIDATE_PATH, "-d", classes, source], check=True)
    command = ["java", "-cp", f"{ODK_VALIDATE_PATH}:{classes}", "Walk", str(SEED), str(walks), str(found), *map(str, xforms)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        print(run.stdout[-2000:] + run.stderr[-2000:])
        raise SystemExit(f"JavaRosa ended with {run.returncode}")


def judged(checker: str, books: dict[str, Path], instances: list[Path]) -> int:
    lines = "".join(f"{books[path.name.split('.')[0]]}\t{path}\n" for path in instances)
    run = subprocess.run([checker], input=lines, capture_output=True, text=True, check=True)
    counts, wrong = Counter(), []
    for path, said in zip(instances, run.stdout.splitlines(), strict=True):
        kind = path.name.split(".")[-2]
        counts[kind] += 1
        if (said == "fits") != (kind == "fits"):
            wrong.append(f"{path.name}: {said}")
    for line in wrong[:SHOWN]:
        print(line)
    print(f"{len(instances)} instances ({', '.join(f'{n} {kind}' for kind, n in sorted(counts.items()))}): {len(wrong)} judged otherwise")
    return 1 if wrong or len(instances) < LEAST_INSTANCES else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
