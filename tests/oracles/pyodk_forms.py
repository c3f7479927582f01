"""Central's own client, unchanged, makes and amends forms here: pyodk_forms.py KISH WORKBOOK_FOLDER PLACE

Starts a server on a data folder of its own, in PLACE; everything in it is simulated. Exit 1 where a call does not do what
the client's documentation says of it.
"""

import csv
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from openpyxl import Workbook
from pyodk.client import Client
from pyodk.errors import PyODKError


def sheets_of(folder: Path) -> dict[str, list[dict[str, str]]]:
    """A folder of CSV sheets, a list of rows each."""
    return {sheet.stem: list(csv.DictReader(sheet.open(encoding="utf-8", newline=""))) for sheet in sorted(folder.glob("*.csv"))}


def workbook(sheets: dict[str, list[dict[str, str]]], path: Path) -> Path:
    """The sheets as an .xlsx, as an office would send it."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        header = list(dict.fromkeys(column for row in rows for column in row))
        sheet.append(header)
        for row in rows:
            sheet.append([row.get(column) or None for column in header])
    book.save(path)
    return path


def changed(sheets: dict[str, list[dict[str, str]]], version: str, picture: str = "") -> dict[str, list[dict[str, str]]]:
    copy = {name: [dict(row) for row in rows] for name, rows in sheets.items()}
    copy["settings"][0]["version"] = version
    if picture:
        copy["choices"][0]["media::image"] = picture
    return copy


class Server:
    """`kish serve` on a free port, with one coordinator."""

    def __init__(self, kish: str, place: Path) -> None:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        self.email = "coordinator@example.org"
        data = ["--data-dir", str(place / "data")]
        added = subprocess.run(
            [kish, "user", "add", self.email, "--name", "Coordinator", "--role", "coordinator", *data], check=True, capture_output=True, text=True
        )
        self.password = added.stdout.split()[-1]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        self.process = subprocess.Popen(
            [kish, "serve", "--listen", self.url.removeprefix("http://"), *data], env={**os.environ, "KISH_LOG": "off"}, stderr=subprocess.DEVNULL
        )
        for _ in range(200):
            try:
                urllib.request.urlopen(f"{self.url}/health/ready", timeout=1)
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("the server did not start")

    def client(self, place: Path) -> Client:
        config = place / "config.toml"
        config.write_text(f'[central]\nbase_url = "{self.url}"\nusername = "{self.email}"\npassword = "{self.password}"\n')
        return Client(config_path=config, cache_path=place / "cache.toml")


def journey(client: Client, sheets: dict[str, list[dict[str, str]]], place: Path) -> None:
    study = client.post("projects", json={"name": "Simulated study"}).json()
    client.forms.default_project_id = study["id"]

    form = client.forms.create(definition=workbook(changed(sheets, "1"), place / "tfvaw.xlsx"))
    assert (form.xmlFormId, form.version, form.publishedAt) == ("tfvaw", "1", None), form
    form = client.forms.get("tfvaw")
    assert form.publishedAt is not None and form.state == "open" and len(form.hash) == 64, form
    assert [f.xmlFormId for f in client.forms.list()] == ["tfvaw"]
    assert 'version="1"' in client.forms.get_xml("tfvaw")

    picture = place / "a b.png"
    picture.write_bytes(b"picture")
    second = workbook(changed(sheets, "2", picture.name), place / "second.xlsx")
    refused(lambda: client.forms.update("tfvaw", definition=second), "a form without its picture", 400)
    client.forms.update("tfvaw", definition=second, attachments=[picture])
    assert client.forms.get("tfvaw").version == "2"
    before = client.forms.get("tfvaw").hash

    picture.write_bytes(b"another picture")
    client.forms.update("tfvaw", attachments=[picture], version_updater=lambda version: str(int(version) + 1))
    assert client.forms.get("tfvaw").version == "3"
    assert client.forms.get("tfvaw").hash != before, "another picture is another questionnaire"
    client.forms.update("tfvaw", attachments=[picture])
    assert client.forms.get("tfvaw").version.startswith("20"), "a version named after the time"
    assert client.get(f"projects/{study['id']}/forms/tfvaw/attachments/a%20b.png").content == b"another picture"
    assert len(client.get(f"projects/{study['id']}/forms/tfvaw/versions").json()) == 4

    refused(lambda: client.forms.create(definition=place / "tfvaw.xlsx"), "a form that there is", 409)
    refused(lambda: client.forms.update("tfvaw", definition=second), "a version that there is", 409)
    broken = changed(sheets, "5")
    broken["survey"][0]["type"] = "integr"
    refused(lambda: client.forms.update("tfvaw", definition=workbook(broken, place / "broken.xlsx")), "a workbook with a mistake", 422)
    refused(lambda: client.forms.get("nobody"), "a form that there is not", 404)


def refused(call, what: str, status: int) -> None:
    try:
        call()
    except PyODKError as error:
        assert error.args[1].status_code == status, f"{what}: {error.args[1].status_code} {error.args[1].text}"
        return
    raise AssertionError(f"{what} was taken")


def main() -> None:
    kish, folder, place = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    server = Server(kish, place)
    try:
        journey(server.client(place), sheets_of(folder), place)
    finally:
        server.process.terminate()
        server.process.wait()
    print("OK: pyodk signs in, makes, reads and amends forms with their files, and hears why not")


if __name__ == "__main__":
    main()
