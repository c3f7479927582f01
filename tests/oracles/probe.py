"""Asks the described interface everything, well-formed and not: probe.py KISH SECONDS PLACE [SEED]

Starts a demo server (everything in it is simulated) with its data in PLACE, signs in as an office that holds every role but the
ethics reviewer's and as a committee that holds that one, and lets schemathesis call every route that /v1/openapi.json describes.
Exit 1 where an answer is a server error or is none that is described, or where the server is gone at the end.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

# What is named is there, mostly, so that calls get further than "there is nothing here".
NARROWED = {
    "study": {"type": "integer", "enum": [1]},
    "form": {"type": "string", "enum": ["tfvaw", "nothing"]},
    "device": {"type": "integer", "enum": [7, 8, 9, 10]},
    "person": {"type": "integer", "enum": [1, 2, 3, 4, 5, 6, 999]},
    "review": {"type": "integer", "enum": [1, 2, 3, 999]},
    "suspension": {"type": "integer", "enum": [1, 2, 3, 4, 5, 6, 7, 8]},
    "record": {"type": "integer", "enum": [1, 2, 3, 4, 5, 6, 7, 8]},
    "Indicator": {"type": "string", "enum": ["TFV_ANY_12M", "TFV_ANY_LIFE", "GAP_DIS", "nothing"]},
    "By": {"type": "string", "enum": ["", "sex", "sex,age_group", "sex,age_group,disability", "region,urban", "nothing"]},
}
# What a link of a draft is made of. No single one can be named: the probe throws drafts away and makes new ones.
LINK = "[A-Za-z0-9!$]{64}"
# Signing out would end the probe; all else may happen.
LEFT_OUT = "delete_v1_sessions_current"


class Demo:
    def __init__(self, kish: str, place: Path) -> None:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            listen = f"127.0.0.1:{free.getsockname()[1]}"
        self.url, self.data, self.log = f"http://{listen}", place / "data", place / "log"
        command = [kish, "demo", "--listen", listen, "--respondents", "400", "--data-dir", str(self.data)]
        self.process = subprocess.Popen(
            command, env={**os.environ, "KISH_LOG": "error"}, stdout=subprocess.PIPE, stderr=self.log.open("w"), text=True
        )
        self.words = ""
        for line in self.process.stdout:
            self.words += line
            if "analyst@" in line:
                return
        raise SystemExit(f"the demo did not start: {self.log.read_text()}")

    def call(self, method: str, path: str, token: str | None = None, body: object = None) -> dict:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers, method=method)) as answer:
            return json.load(answer)

    def bytes(self, path: str, token: str) -> bytes:
        with urllib.request.urlopen(urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {token}"})) as answer:
            return answer.read()

    def sign_in(self, email: str, password: str) -> str:
        return self.call("POST", "/v1/sessions", body={"email": email, "password": password})["token"]

    def login(self, role: str) -> str:
        email, password = re.search(rf"{role} +(\S+@\S+) +(\S+)", self.words).groups()
        return self.sign_in(email, password)

    def device(self) -> str:
        return re.search(r"/v1/key/([^/]+)/", self.words).group(1)


def office(demo: Demo, kish: str) -> str:
    """An account with every role but the committee's."""
    added = subprocess.run(
        [kish, "user", "add", "office@example.org", "--name", "Office", "--role", "administrator", "--data-dir", str(demo.data)],
        check=True, capture_output=True, text=True,
    )
    token = demo.sign_in("office@example.org", added.stdout.split()[-1])
    me = demo.call("GET", "/v1/users/current", token)["id"]
    for role in ["coordinator", "supervisor", "statistician", "analyst"]:
        demo.call("POST", f"/v1/projects/1/assignments/{role}/{me}", token)
    return token


def make_draft(demo: Demo, token: str) -> None:
    request = urllib.request.Request(f"{demo.url}/v1/projects/1/forms/tfvaw/draft", b"", {"Authorization": f"Bearer {token}"}, method="POST")
    urllib.request.urlopen(request).read()
    link = demo.call("GET", "/v1/projects/1/forms/tfvaw/draft", token)["draftToken"]
    assert re.fullmatch(LINK, link), f"a draft's link is not of {LINK}: {link}"


def narrowed(document: dict, device: str, version: str) -> dict:
    for name, schema in {**NARROWED, "version": {"type": "string", "enum": [version, "nothing"]}}.items():
        document["components"]["parameters"][name]["schema"] = schema
    document["components"]["requestBodies"]["Submission"]["content"]["multipart/form-data"]["schema"]["properties"]["xml_submission_file"]["format"] = "instance"
    for path, item in document["paths"].items():
        token = {"/v1/key/": {"enum": [device]}, "/v1/test": {"pattern": f"^{LINK}$"}}.get(path[:8])
        for operation in item.values():
            place = operation["parameters"]
            if "security" in operation:
                # Guessed passwords are slowed down, which is no answer to a wrong one.
                operation["security"] = [{"session": []}]
            if token:
                place[:] = [p for p in place if p.get("$ref", "").rsplit("/", 1)[-1] != "token"]
                place.append({"name": "token", "in": "path", "required": True, "schema": {"type": "string", **token}})
    return document


def said(answers: dict[str, dict[str, int]]) -> None:
    """How often each status was heard, and which routes never did what was asked: a probe that is always shut out shows nothing."""
    total: dict[str, int] = {}
    for statuses in answers.values():
        for status, times in statuses.items():
            total[status] = total.get(status, 0) + times
    print("answers:", ", ".join(f"{status} {times}" for status, times in sorted(total.items())))
    shut = sorted(label for label, statuses in answers.items() if not any(status.startswith("2") for status in statuses))
    print(f"{len(answers) - len(shut)} of {len(answers)} routes did what was asked; never:", *(f"\n  {label} {answers[label]}" for label in shut))


CASES = "case,stratum,psu,base_weight,region,urban,sex\n" + "".join(
    f"c{n},s{n % 2},p{n % 4},{10 + n % 4},{['north', 'south'][n % 2]},U,{n % 2 + 1}\n" for n in range(24)
)
INSTANCE = """<data xmlns:jr="http://openrosa.org/javarosa" id="tfvaw" version="{version}"><meta><instanceID>uuid:{number}</instanceID></meta></data>"""


def fodder(demo: Demo, token: str, place: Path) -> None:
    """A workbook, a frame, a directory of help and instances, for the probe to send and to spoil."""
    place.mkdir()
    folder = Path(__file__).parents[2] / "instruments" / "tfvaw"
    with zipfile.ZipFile(place / "workbook.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for sheet in sorted(folder.glob("*.csv")):
            archive.write(sheet, sheet.name)
    (place / "nothing.zip").write_bytes(b"")
    (place / "frame.csv").write_text(CASES)
    (place / "referrals.csv").write_bytes(demo.bytes("/v1/projects/1/referrals", token))
    version = demo.call("GET", "/v1/projects/1/forms/tfvaw", token)["version"]
    for number, name in enumerate([version, version, "nothing"]):
        (place / f"{number}.xml").write_text(INSTANCE.format(version=name, number=number))


def main(kish: str, seconds: str, place: Path, seed: str = "1") -> int:
    demo = Demo(kish, place)
    try:
        token = office(demo, kish)
        tokens = {"office": token, "committee": demo.login("ethics-reviewer")}
        fodder(demo, token, place / "fodder")
        document = place / "openapi.json"
        version = demo.call("GET", "/v1/projects/1/forms/tfvaw", token)["version"]
        make_draft(demo, token)
        document.write_text(json.dumps(narrowed(demo.call("GET", "/v1/openapi.json"), demo.device(), version)))
        here = Path(__file__).parent
        command = [
            str(Path(sys.executable).parent / "st"), "run", str(document), "--url", demo.url, "--max-time", seconds, "--seed", seed,
            "--exclude-operation-id", LEFT_OUT, "--workers", "2", "--continue-on-failure", "--request-timeout", "10", "--no-color",
            "--warnings", "off", "--suppress-health-check", "all", "--phases", "examples,coverage,fuzzing",
            "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
            "response_headers_conformance,negative_data_rejection,unsupported_method,ignored_auth",
        ]
        environment = {
            **os.environ, "SCHEMATHESIS_HOOKS": str(here / "probe_hooks.py"), "KISH_PROBE_TOKENS": json.dumps(tokens),
            "KISH_PROBE_URL": demo.url, "KISH_PROBE_LINK": LINK,
        }
        status = subprocess.run(command, env=environment, cwd=place).returncode
        time.sleep(0.2)
        if demo.process.poll() is not None:
            print(f"the server is gone: {demo.log.read_text()}")
            return 1
        said(json.loads((place / "answers.json").read_text()))
        errors = [line for line in demo.log.read_text().splitlines() if line.startswith("{")]
        print("".join(f"the server's log: {line}\n" for line in errors[:20]), end="")
        return 1 if status or errors else 0
    finally:
        demo.process.terminate()
        demo.process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]).resolve(), *sys.argv[4:]))
