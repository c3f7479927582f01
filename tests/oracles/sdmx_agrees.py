"""pysdmx, the BIS's own reader, reads a release's SDMX files and finds what its JSON says: sdmx_agrees.py PLACE

PLACE holds `release.json`, `sdmx.csv` and `sdmx-structure.json` of one release, as an analyst fetched them. Exit 1 where a code is in no
list of the structure, a column is no component of it, or a value is not the released one.
"""

import csv
import json
import sys
from pathlib import Path

from pysdmx.io import read_sdmx

AXES = {"SEX": ["sex"], "AGE": ["age_group", "age_band"], "DISABILITY_STATUS": ["disability"], "URBANISATION": ["urban"], "REF_AREA": ["region"]}


def main(place: Path) -> None:
    structure = read_sdmx(place / "sdmx-structure.json")
    (definition,) = structure.get_data_structure_definitions()
    lists = {codelist.id: {code.id for code in codelist.codes} for codelist in structure.get_codelists()}
    components = {component.id: component for component in definition.components}

    message = read_sdmx(place / "sdmx.csv")
    (dataset,) = message.data
    assert len(dataset.data) > 0, "no observation was read"
    with (place / "sdmx.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(dataset.data), (len(rows), len(dataset.data))
    known = set(components) | {"STRUCTURE", "STRUCTURE_ID", "ACTION"}
    assert set(rows[0]) <= known, f"no component of the structure: {set(rows[0]) - known}"
    for row in rows:
        for name, value in row.items():
            enumeration = getattr(components.get(name), "enumeration", None)
            if enumeration is not None and value:
                assert value in {code.id for code in enumeration.codes}, f"{name}: {value} is in no list"

    found = {tuple(row[axis] for axis in AXES) + (row["SERIES"],): row for row in rows}
    assert len(found) == len(rows), "an observation stands twice"
    cells = 0
    for table in json.loads((place / "release.json").read_text())["tables"]:
        for cell in table["cells"]:
            levels = (next((cell["by"][name] for name in names if name in cell["by"]), "_T") for names in AXES.values())
            row = found[(*levels, table["indicator"]["id"])]
            told = float(row["OBS_VALUE"]) / 100 if row["OBS_VALUE"] else None
            assert (told is None) == (cell["estimate"] is None), (row, cell)
            assert told is None or abs(told - cell["estimate"]) < 1e-9, (row, cell)
            cells += 1
    print(f"OK: pysdmx reads {len(rows)} observations and {len(lists)} code lists; {cells} released cells are among them")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
