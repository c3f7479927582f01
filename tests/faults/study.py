"""A simulated study made over HTTP until phones can deliver: people, questionnaire, frame, approval, devices; and its interviews."""

import hmac
import http.client
import io
import json
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from server import small

FORM = Path(__file__).parents[2] / "instruments" / "tfvaw"
DOSSIER = ["objectives", "design", "dataManagement", "justification", "population", "consent", "privacy", "distress", "referral",
           "mandatoryReporting", "enumerators", "risksAndBenefits", "community", "dissemination", "funding", "incidents"]
ROLES = ("coordinator", "ethics-reviewer")
CASES_IN_PSU = 500
BEFORE_XML = (b'--b0undary\r\nContent-Disposition: form-data; name="xml_submission_file"; filename="interview.xml"\r\n'
              b"Content-Type: text/xml; charset=UTF-8\r\n\r\n")
AFTER_XML = b"\r\n--b0undary--\r\n"


class Study:
    """People know it by `call`, phones by `request`. All of it is simulated."""

    def __init__(self, server, cases, devices, valid_days=(-30, 30), expires_on=None):
        """Through a server that is started; afterwards any server of the database will do."""
        self.place, self.kish, self.cases = server.place, server.kish, cases
        self.day = day_after(0)
        self.passwords = {role: self.add_person(role) for role in ROLES}
        self.sessions = {role: self.sign_in(server, role) for role in ROLES}
        self.id = self.ask(server, "coordinator", "POST", "/v1/projects", {"name": "Simulated study"})["id"]
        self.version = self.do(server, "coordinator", "POST", "/forms?publish=true", workbook())["version"]
        self.do(server, "coordinator", "PUT", "/frame", self.frame())
        self.do(server, "coordinator", "PUT", "/referrals", self.referrals())
        self.approve(server, *map(day_after, valid_days))
        enrolment = {"displayName": "phone"} | ({"expiresOn": expires_on} if expires_on else {})
        with ThreadPoolExecutor(8) as clerks:
            enrol = lambda _: self.do(server, "coordinator", "POST", "/app-users", enrolment)
            self.devices = list(clerks.map(enrol, range(devices)))
        self.receipt_key = (self.place.folder / "keys" / "receipts.key").read_bytes()

    def add_person(self, role):
        said = self.place.run(self.kish, "user", "add", f"{role}@example.org", "--name", role, "--role", role)
        assert said.returncode == 0, said.stderr
        return next(line.split("\t")[1] for line in said.stdout.splitlines() if line.startswith("password\t"))

    def sign_in(self, server, role):
        """A session's token."""
        login = {"email": f"{role}@example.org", "password": self.passwords[role]}
        return self.ask(server, None, "POST", "/v1/sessions", login)["token"]

    def approve(self, server, valid_from, valid_to):
        dossier = {"trainingHours": 1} | {word: "simulated: nobody is interviewed" for word in DOSSIER}
        review = self.do(server, "coordinator", "POST", "/forms/tfvaw/reviews", dossier)["id"]
        self.do(server, "ethics-reviewer", "POST", f"/forms/tfvaw/reviews/{review}/decision", {
            "verdict": "approved", "committee": "SIMULATED committee (no committee has seen this)", "reference": "SIMULATED-1",
            "decidedOn": self.day, "validFrom": valid_from, "validTo": valid_to, "languages": ["en"], "modes": ["1"], "sexes": [1, 2],
            "minAge": 18,
        })

    def frame(self):
        rows = "".join(f"{case(n)},S{n // CASES_IN_PSU % 2},P{n // CASES_IN_PSU},10,north,U,{sex(n)}\n" for n in range(self.cases))
        return ("case,stratum,psu,base_weight,region,urban,sex\n" + rows).encode()

    def referrals(self):
        head = "region,service,purpose,reach,hours,languages,verified_on\n"
        return f"{head}north,SIMULATED service,it does not exist,nowhere,never,,{self.day}\n".encode()

    def call(self, server, role, method, path, body=None):
        """Status, headers and bytes of the answer; a role goes by its session."""
        headers = {"Authorization": f"Bearer {self.sessions[role]}"} if role else {}
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection = http.client.HTTPConnection(*server.address, timeout=60)
        try:
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            return answer.status, small(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def ask(self, server, role, method, path, body=None):
        """What must be answered well."""
        status, _, text = self.call(server, role, method, path, body)
        if status not in (200, 201):
            raise RuntimeError(f"{method} {path}: {status} {text.decode()}")
        return json.loads(text)

    def do(self, server, role, method, path, body=None):
        """The same below the study."""
        return self.ask(server, role, method, f"/v1/projects/{self.id}{path}", body)

    def request(self, n, device=None):
        """The nth interview as a device posts it, whole."""
        body = BEFORE_XML + self.interview(n).encode() + AFTER_XML
        head = (f"POST {self.path(n if device is None else device)}/submission HTTP/1.1\r\nHost: kish\r\nX-OpenRosa-Version: 1.0\r\n"
                f"Content-Type: multipart/form-data; boundary=b0undary\r\nContent-Length: {len(body)}\r\n\r\n")
        return head.encode() + body

    def path(self, device):
        return self.devices[device % len(self.devices)]["path"]

    def interview(self, n):
        """Of the nth case, in which nothing has happened to anybody."""
        acts = "".join(f"<t{k:02}><t{k:02}_a>2</t{k:02}_a></t{k:02}>" for k in range(1, 20))
        return (
            f"<?xml version='1.0'?><data id='tfvaw' version='{self.version}' xmlns:orx='http://openrosa.org/xforms'>"
            f"<start>{self.day}T10:00:00.000+01:00</start><end>{self.day}T10:21:00.000+01:00</end><today>{self.day}</today>"
            "<mode>1</mode><min_age>18</min_age><distress_protocol>0</distress_protocol><draw>410000</draw>"
            f"<arrival><case_code>{case(n)}</case_code><interview_language>en</interview_language><fielded_sex>{sex(n)}</fielded_sex>"
            "<visit>1</visit></arrival><household><household_intro/><household_agrees>1</household_agrees><n_eligible>2</n_eligible>"
            "</household><selected_person>1</selected_person><selection><selected_note/><person_contact>1</person_contact></selection>"
            "<agreement><consent_elements>1 2 3 4 5 6 7 8 9 10</consent_elements><consent>1</consent></agreement>"
            f"<interview><about_you><sex>{sex(n)}</sex><age_years>{18 + n % 60}</age_years><partnership>1</partnership></about_you>"
            "<your_life><education>3</education><work>1</work><living_cost>2</living_cost><public_role>0</public_role></your_life>"
            "<activities><wg_seeing>1</wg_seeing><wg_hearing>1</wg_hearing><wg_walking>1</wg_walking><wg_remembering>1</wg_remembering>"
            "<wg_selfcare>1</wg_selfcare><wg_communicating>1</wg_communicating></activities><technology><internet_use>1</internet_use>"
            "<own_device>1</own_device><use_frequency>1</use_frequency><services>3 5</services></technology>"
            "<quiet_place><privacy>1</privacy><is_private>1</is_private></quiet_place>"
            f"<digital_life><others_use_device>3</others_use_device>{acts}<any_act>0</any_act><severe_act>0</severe_act>"
            "<stalking>0</stalking><n_forms>0</n_forms><who_12m/><how_often_12m/><most_often/><core_asked>14</core_asked>"
            "<core_answered>14</core_answered><is_enough>1</is_enough></digital_life><quiet_place_2><privacy_2>3</privacy_2></quiet_place_2>"
            "<is_private_3>0</is_private_3><views><l06>2</l06><z01>2</z01></views></interview><closing><thanks/><ending>1</ending>"
            "<help_list/></closing><observed><z04>3</z04><z05>1</z05><z06>0</z06></observed><result>1</result>"
            f"<orx:meta><orx:instanceID>{instance_id(n)}</orx:instanceID></orx:meta></data>"
        )

    def receipt(self, n):
        """By what the database recognises the nth interview, as hexadecimal."""
        parts = [b"instance", instance_id(n).encode()]
        message = self.id.to_bytes(8, "big") + b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hmac.digest(self.receipt_key, message, "sha256").hex()


def workbook():
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for sheet in sorted(FORM.glob("*.csv")):
            archive.write(sheet, sheet.name)
    return held.getvalue()


def case(n):
    return f"C-{n:06}"


def sex(n):
    """1 women, 2 men, in PSUs of their own."""
    return n // CASES_IN_PSU % 2 + 1


def instance_id(n):
    return f"uuid:00000000-0000-4000-8000-{n:012}"


def day_after(days):
    """In UTC, as the server counts days."""
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + days * 86_400))
