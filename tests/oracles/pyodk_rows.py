"""Central's own client, unchanged, reads coded rows here: pyodk_rows.py KISH PLACE

Interviews are fielded on a server in PLACE, rows are asked for and granted by two people, and pyodk reads the table whole and page by
page. What it reads must be what was sent and what the CSV holds, with columns as $metadata has them; and the Parquet file, which pyarrow
reads, must hold the CSV's cells. The form has a roster, of which pyodk reads the tables, follows the links and finds the same in the zip.
Everything here is simulated.
Exit 0 if all holds, 1 if not.
"""

import csv
import io
import random
import sys
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

from attack_releases import Office, instance, people
from pyarrow import parquet
from pyodk.client import Client
from pyodk.errors import PyODKError

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
INTERVIEWS = 60
ROSTER = [("begin_repeat", "member"), ("integer", "member_years"), ("begin_repeat", "gadget"), ("integer", "gadget_years"),
          ("end_repeat", ""), ("end_repeat", "")]


def with_roster(name: str, sheet: str) -> str:
    """Members, and of each member the gadgets, at the end of the form."""
    if name != "survey.csv":
        return sheet
    head = next(csv.reader(io.StringIO(sheet)))
    written = io.StringIO()
    for kind, question in ROSTER:
        cells = {"type": kind, "name": question}
        csv.writer(written).writerow([cells.get(c, "How old?" if c.startswith("label") and question else "") for c in head])
    return sheet.rstrip("\n") + "\n" + written.getvalue()


def members(k: int) -> list[tuple[int, list[int]]]:
    """Of the interview number k: ages, and of each member the ages of gadgets."""
    return [(20 + k + m, list(range(1, (k + m) % 3 + 1))) for m in range(k % 4)]


def roster(k: int) -> str:
    gadgets = ["".join(f"<gadget><gadget_years>{g}</gadget_years></gadget>" for g in own) for _, own in members(k)]
    return "".join(f"<member><member_years>{age}</member_years>{own}</member>" for (age, _), own in zip(members(k), gadgets))


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
    named = {name for name in row if "@" not in name}
    assert named == types[kind].keys(), f"{kind}: {named ^ types[kind].keys()}"
    for name, value in row.items():
        if name.startswith("__") or "@" in name:
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


def repeats(client: Client, base: str, rows: list[dict], types: dict[str, dict[str, str]]) -> None:
    """Each table whole and page by page, joined by its ids, by the links in the rows around it, and by the keys of the zip."""
    tables = {}
    for name in ("Submissions.member", "Submissions.member.gadget"):
        table = client.submissions.get_table(form_id="tfvaw", table_name=name, count=True)
        assert table["@odata.count"] == len(table["value"]) and "@odata.nextLink" not in table, name
        tables[name] = table["value"]
        walked, page = [], client.submissions.get_table(form_id="tfvaw", table_name=name, top=7)
        while True:
            walked += page["value"]
            if "@odata.nextLink" not in page:
                break
            page = client.get(page["@odata.nextLink"]).json()
        assert walked == tables[name], name
        assert all({k for k in row if "@" not in k} == types[name].keys() for row in tables[name]), name
    own, inner = tables["Submissions.member"], tables["Submissions.member.gadget"]
    told = [[(m["member_years"], [g["gadget_years"] for g in inner if g["__Submissions-member-id"] == m["__id"]])
             for m in own if m["__Submissions-id"] == row["__id"]] for row in rows]
    assert sorted(told) == sorted(members(k) for k in range(len(rows))), "what was sent"
    for row in rows[:5]:
        link = client.get(f"{base}.svc/{row['member@odata.navigationLink']}").json()["value"]
        assert link == [m for m in own if m["__Submissions-id"] == row["__id"]]
        for m in link:
            inside = client.get(f"{base}.svc/{m['gadget@odata.navigationLink']}").json()["value"]
            assert inside == [g for g in inner if g["__Submissions-member-id"] == m["__id"]]
    with zipfile.ZipFile(io.BytesIO(client.get(f"{base}/submissions.csv.zip").content)) as archive:
        assert archive.testzip() is None
        read = {n: list(csv.DictReader(io.StringIO(archive.read(n).decode()))) for n in archive.namelist()}
    assert list(read) == ["tfvaw.csv", "tfvaw-member.csv", "tfvaw-gadget.csv"], list(read)
    lines = [[(int(m["member_years"]), [int(g["gadget_years"]) for g in read["tfvaw-gadget.csv"] if g["PARENT_KEY"] == m["KEY"]])
              for m in read["tfvaw-member.csv"] if m["PARENT_KEY"] == row["__id"]] for row in rows]
    assert lines == told, "the zip"


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
    assert [t["url"] for t in client.get(f"{base}.svc").json()["value"]] == ["Submissions", "Submissions.member", "Submissions.member.gadget"]
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

    repeats(client, base, rows, types)
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
        version, day = office.prepare(sample, place, with_roster)
        for k, person in enumerate(sample):
            office.submit(instance(person, version, day).replace("<orx:meta>", roster(k) + "<orx:meta>"))
        journey(office, client_of(office, place), sample)
    finally:
        office.process.terminate()
        office.process.wait()
    print(f"OK: pyodk reads {INTERVIEWS} rows, whole and page by page, as they were sent and as the CSV and the Parquet file have them, repeats and all, and hears why not")


if __name__ == "__main__":
    main()
