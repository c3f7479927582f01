"""Central's own client, unchanged, reads coded rows here: pyodk_rows.py KISH PLACE

Interviews are fielded on a server in PLACE, rows are asked for and granted by two people, and pyodk reads the table whole and page by
page. What it reads must be what was sent and what the CSV holds, with columns as $metadata has them; and the Parquet file, which pyarrow
reads, must hold the CSV's cells. Everything here is simulated.
Exit 0 if all holds, 1 if not.
"""

import csv
import io
import random
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

from attack_releases import Office, instance, people
from pyarrow import parquet
from pyodk.client import Client
from pyodk.errors import PyODKError

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
INTERVIEWS = 60


def client_of(office: Office, place: Path) -> Client:
    config = place / "config.toml"
    config.write_text(
        f'[central]\nbase_url = "{office.url}"\nusername = "statistician@example.org"\npassword = "{office.passwords["statistician"]}"\n'
        f"default_project_id = {office.study}\n"
    )
    return Client(config_path=config, cache_path=place / "cache.toml")


def refused(call, what: str, status: int) -> None:
    try:
        call()
    except PyODKError as error:
        assert error.args[1].status_code == status, f"{what}: {error.args[1].status_code} {error.args[1].text}"
        return
    raise AssertionError(f"{what} was taken")


def pages(client: Client, top: int) -> list[dict]:
    """Each page's address is the answer of the one before."""
    table = client.submissions.get_table(form_id="tfvaw", top=top, count=True)
    rows = list(table["value"])
    while "@odata.nextLink" in table:
        assert table["@odata.count"] == INTERVIEWS, table["@odata.count"]
        assert parse_qs(urlsplit(table["@odata.nextLink"]).query)["$top"] == [str(top)], table["@odata.nextLink"]
        table = client.get(table["@odata.nextLink"]).json()
        rows += table["value"]
    return rows


def flat(row: dict, types: dict[str, dict[str, str]], kind: str, around: str = "") -> dict[str, str]:
    """The answers of a row by their columns of the CSV; each property is one of its type."""
    found = {}
    assert row.keys() == types[kind].keys(), f"{kind}: {row.keys() ^ types[kind].keys()}"
    for name, value in row.items():
        if name.startswith("__"):
            continue
        if isinstance(value, dict):
            found |= flat(value, types, types[kind][name].rpartition(".")[2], f"{around}{name}-")
        else:
            found[around + name] = "" if value is None else str(value)
    return found


def types_of(xml: str) -> dict[str, dict[str, str]]:
    root = ElementTree.fromstring(xml)
    kinds = [kind for tag in ("ComplexType", "EntityType") for kind in root.iter(EDM + tag)]
    return {kind.get("Name"): {p.get("Name"): p.get("Type") for p in kind.iter(EDM + "Property")} for kind in kinds}


def in_columns(file: bytes, lines: list[dict[str, str]]) -> None:
    """The Parquet file has the CSV's columns and cells, in its order; whole numbers are numbers."""
    table = parquet.read_table(io.BytesIO(file))
    assert table.column_names == list(lines[0]), set(table.column_names) ^ set(lines[0])
    kinds = {name: str(table.schema.field(name).type) for name in table.column_names}
    assert kinds["household-n_eligible"] == kinds["age_years"] == "int64" and kinds["KEY"] == "string", kinds
    assert set(kinds.values()) <= {"int64", "double", "string"}, kinds
    for name, column in zip(table.column_names, table.columns):
        told = ["" if value is None else str(value) for value in column.to_pylist()]
        assert told == [line[name] for line in lines], name


def journey(office: Office, client: Client, sample: list[dict]) -> None:
    refused(lambda: client.submissions.get_table(form_id="tfvaw"), "a table nobody granted", 409)
    grant = office.do("POST", "/row-grants", "statistician", {"because": "simulated: pyodk reads rows", "formId": "tfvaw"})
    for role in ["ethics-reviewer", "coordinator"]:
        office.do("POST", f"/row-grants/{grant['id']}/grant", role, {"expiresOn": grant["expiresOn"]})

    table = client.submissions.get_table(form_id="tfvaw", count=True)
    rows = table["value"]
    assert table["@odata.count"] == len(rows) == INTERVIEWS and "@odata.nextLink" not in table, len(rows)
    told = sorted((p["sex_code"], p["age"], p["group"][2]) for p in sample)
    assert sorted((r["__response"]["sex"], r["__response"]["age_years"], r["__response"]["disability"]) for r in rows) == told
    for top in (1, 7, 60, 1000):
        assert pages(client, top) == rows, f"{top} at a time"
    assert client.submissions.get_table(form_id="tfvaw", skip=50, top=5)["value"] == rows[50:55]
    refused(lambda: client.submissions.get_table(form_id="tfvaw", filter="year(__system/submissionDate) lt 2020"), "a filter", 400)
    refused(lambda: client.submissions.get_table(form_id="tfvaw", expand="*"), "an expansion", 400)
    # Central's list of submissions says who sent them, when and from which device: nothing of that is kept.
    refused(lambda: client.submissions.list(form_id="tfvaw"), "the list", 404)

    base = f"projects/{office.study}/forms/tfvaw"
    assert [t["url"] for t in client.get(f"{base}.svc").json()["value"]] == ["Submissions"]
    types = types_of(client.get(f"{base}.svc/$metadata").text)
    lines = {line["KEY"]: line for line in csv.DictReader(io.StringIO(client.get(f"{base}/submissions.csv").text))}
    assert lines.keys() == {row["__id"] for row in rows}
    for row in rows:
        answers = flat(row, types, "Submissions")
        assert len(answers) > 50, answers
        for column, answer in answers.items():
            line = lines[row["__id"]]
            # A column of the form that is called like one of ours has its path from the root in the CSV.
            assert answer == line.get(f"data-{column}", line.get(column)), f"{column}: {answer!r} {line.get(column)!r}"

    in_columns(client.get(f"{base}/submissions.parquet").content, list(lines.values()))

    office.do("DELETE", f"/row-grants/{grant['id']}", "coordinator")
    refused(lambda: client.submissions.get_table(form_id="tfvaw"), "a table whose grant was ended", 409)


def main() -> None:
    kish, place = sys.argv[1], Path(sys.argv[2])
    office = Office(kish, place)
    try:
        women = [person for person in people(random.Random(1)) if person["sex_code"] == 1]
        # Of every region, for which there is help.
        sample = women[:: len(women) // INTERVIEWS][:INTERVIEWS]
        version, day = office.prepare(sample, place)
        for person in sample:
            office.submit(instance(person, version, day))
        journey(office, client_of(office, place), sample)
    finally:
        office.process.terminate()
        office.process.wait()
    print(f"OK: pyodk reads {INTERVIEWS} rows, whole and page by page, as they were sent and as the CSV and the Parquet file have them, and hears why not")


if __name__ == "__main__":
    main()
