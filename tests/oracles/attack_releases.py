"""Attack what analysts are given over HTTP: a survey is fielded, released, grown and released again, and everything released is
turned against people whose answers are known here.

    attack_releases.py KISH PLACE [SEED]

The attacker is as strong as can be: he knows who was interviewed, when, and everybody's sex, age group, disability, region and
urbanisation, and that all weights are equal; he has each table of each release, and no other answer. He lays all of it before HiGHS:
the events of every group of people alike, of the first release and of those who came in since, are what the published percentages
leave open. In that he does at once what differencing, averaging over partitions and comparing releases do one by one. He says yes
of a person if the middle of what is left is more than half of her group.

Targets are balanced, a person who said yes and one who said no, and all say so equally often, so that guessing is worth half. Of the pairs he gets right no more than 2 points above that (upper 95 % bound); as a control, the
tables of three dimensions of the first release are given to him without their mask, too, and he must do better by far. He also asks the server for what is
not released, and must get nothing. What was released first stays in PLACE, as JSON and SDMX. Everything here is simulated. Exit 0 if all holds, 1 if not.
"""

import itertools
import json
import math
import os
import random
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import highspy

DIMENSIONS = ["sex", "age_group", "disability", "urban", "region", "age_band"]
BANDS = {"Y18T24": "Y15T34", "Y25T34": "Y15T34", "Y35T49": "Y35T64", "Y50T64": "Y35T64", "Y_GE65": "Y_GE65"}
INDICATORS = {"TFV_T01_12M": "year", "TFV_T01_EVER": "ever"}
ROLES = ["coordinator", "ethics-reviewer", "statistician", "analyst"]
AGES = [(18, 24, "Y18T24"), (25, 34, "Y25T34"), (35, 49, "Y35T49"), (50, 64, "Y50T64"), (65, 80, "Y_GE65")]
REGIONS = ["east", "north", "west"]
PSUS, CASES, HELD_BACK = {1: 8, 2: 2}, 24, 2
# Nobody hides in a group of so many.
SMALL = 3
MARGIN = 0.02
# How much more the attacker must find where a table has no mask, so that the test can fail.
CONTROL = 0.10


def people(rng):
    """A self-weighting sample: region by urban by sex are the strata, women and men in villages of their own."""
    found = []
    for region, urban, sex in itertools.product(REGIONS, ["U", "R"], [1, 2]):
        for psu, case in itertools.product(range(PSUS[sex]), range(CASES)):
            low, high, group = rng.choices(AGES, [4, 5, 5, 3, 1])[0]
            is_late = case >= CASES - HELD_BACK
            disability = rng.random() < 0.1
            # Alike in all groups, so that whatever is learnt of a person is learnt of her alone.
            year = rng.random() < (0.5 if is_late else 0.27)
            found.append({
                "case": f"{region[0].upper()}{urban}{sex}-{psu:02}-{case:02}", "stratum": f"{region[0]}{urban}{sex}", "psu": psu, "late": is_late,
                "sex_code": sex, "age": rng.randint(low, high), "year": year, "ever": year or rng.random() < 0.1,
                "group": ("F" if sex == 1 else "M", group, "DIS1" if disability else "DIS0", urban, region, BANDS[group]),
            })
    return found


def instance(person, version, day):
    """The interview of the shipped questionnaire, in which only the first act may have happened."""
    sex, year, ever, case = person["sex_code"], person["year"], person["ever"], person["case"]
    act = f"<t01_a>{1 if ever else 2}</t01_a>" + (f"<t01_b>{1 if year else 2}</t01_b>" if ever else "")
    act += "<t01_c>1</t01_c><t01_d>52</t01_d><t01_e>3 5</t01_e>" if year else ""
    others = "".join(f"<t{k:02}><t{k:02}_a>2</t{k:02}_a></t{k:02}>" for k in range(2, 20))
    who, often, happened = ("52", "1", 1) if year else ("", "", 0)
    return (
        f"<?xml version='1.0'?><data id='tfvaw' version='{version}' xmlns:orx='http://openrosa.org/xforms'>"
        f"<start>{day}T10:00:00.000+01:00</start><end>{day}T10:21:00.000+01:00</end><today>{day}</today><mode>1</mode><min_age>18</min_age>"
        "<distress_protocol>0</distress_protocol><draw>410000</draw>"
        f"<arrival><case_code>{case}</case_code><interview_language>en</interview_language><fielded_sex>{sex}</fielded_sex><visit>1</visit></arrival>"
        "<household><household_intro/><household_agrees>1</household_agrees><n_eligible>2</n_eligible></household>"
        "<selected_person>1</selected_person><selection><selected_note/><person_contact>1</person_contact></selection>"
        "<agreement><consent_elements>1 2 3 4 5 6 7 8 9 10</consent_elements><consent>1</consent></agreement>"
        f"<interview><about_you><sex>{sex}</sex><age_years>{person['age']}</age_years><partnership>1</partnership></about_you>"
        "<your_life><education>3</education><work>1</work><living_cost>2</living_cost><public_role>0</public_role></your_life>"
        f"<activities><wg_seeing>{3 if person['group'][2] == 'DIS1' else 1}</wg_seeing><wg_hearing>1</wg_hearing><wg_walking>1</wg_walking>"
        "<wg_remembering>1</wg_remembering><wg_selfcare>1</wg_selfcare><wg_communicating>1</wg_communicating></activities>"
        "<technology><internet_use>1</internet_use><own_device>1</own_device><use_frequency>1</use_frequency><services>3 5</services></technology>"
        "<quiet_place><privacy>1</privacy><is_private>1</is_private></quiet_place>"
        f"<digital_life><others_use_device>3</others_use_device><t01>{act}</t01>{others}<any_act>{happened}</any_act><severe_act>0</severe_act>"
        f"<stalking>0</stalking><n_forms>{happened}</n_forms><who_12m>{who}</who_12m><how_often_12m>{often}</how_often_12m>"
        f"<most_often>{often}</most_often><core_asked>14</core_asked><core_answered>14</core_answered><is_enough>1</is_enough></digital_life>"
        "<quiet_place_2><privacy_2>3</privacy_2></quiet_place_2><is_private_3>0</is_private_3><views><l06>2</l06><z01>2</z01></views></interview>"
        "<closing><thanks/><ending>1</ending><help_list/></closing><observed><z04>3</z04><z05>1</z05><z06>0</z06></observed><result>1</result>"
        f"<orx:meta><orx:instanceID>uuid:{case}</orx:instanceID></orx:meta></data>"
    )


class Office:
    """A server with one person a role, and what they do over HTTP."""

    def __init__(self, kish, place):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        data = ["--data-dir", str(place / "data")]
        passwords = {}
        for role in ROLES:
            command = [kish, "user", "add", f"{role}@example.org", "--name", role, "--role", role, *data]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            passwords[role] = next(line.split()[-1] for line in said.splitlines() if "assword" in line or len(said.splitlines()) == 1)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        command = [kish, "serve", "--listen", self.url.removeprefix("http://"), *data]
        self.process = subprocess.Popen(command, env={**os.environ, "KISH_LOG": "error"}, stderr=(place / "log").open("w"))
        for _ in range(200):
            try:
                urllib.request.urlopen(f"{self.url}/health/ready", timeout=1)
                break
            except OSError:
                time.sleep(0.05)
        self.passwords, self.tokens = passwords, {}
        for role, password in passwords.items():
            body = json.dumps({"email": f"{role}@example.org", "password": password}).encode()
            self.tokens[role] = json.loads(self.send("POST", "/v1/sessions", None, body)[1])["token"]
        self.study = json.loads(self.send("POST", "/v1/projects", "coordinator", b'{"name": "Simulated study"}')[1])["id"]

    def send(self, method, path, role, body=None):
        headers = {"Authorization": f"Bearer {self.tokens[role]}"} if role else {}
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def do(self, method, path, role, body=None):
        """A path below the study, which must be answered well; a body of JSON, or bytes."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        status, text = self.send(method, f"/v1/projects/{self.study}{path}", role, data)
        assert status in (200, 201), f"{method} {path}: {status} {text.decode()}"
        return json.loads(text)

    def prepare(self, sample, place, change=lambda name, sheet: sheet):
        folder = Path(__file__).parents[2] / "instruments" / "tfvaw"
        with zipfile.ZipFile(place / "workbook.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for sheet in sorted(folder.glob("*.csv")):
                archive.writestr(sheet.name, change(sheet.name, sheet.read_text(encoding="utf-8")))
        today, until = (time.strftime("%Y-%m-%d", time.gmtime(time.time() + days * 86_400)) for days in (0, 30))
        version = self.do("POST", "/forms?publish=true", "coordinator", (place / "workbook.zip").read_bytes())["version"]
        rows = "".join(f"{p['case']},{p['stratum']},{p['psu']},10,{p['group'][4]},{p['group'][3]},{p['sex_code']}\n" for p in sample)
        self.do("PUT", "/frame", "coordinator", ("case,stratum,psu,base_weight,region,urban,sex\n" + rows).encode())
        head = "region,service,purpose,reach,hours,languages,verified_on\n"
        help_list = head + "".join(f"{region},SIMULATED service,it does not exist,nowhere,never,,{today}\n" for region in REGIONS)
        self.do("PUT", "/referrals", "coordinator", help_list.encode())
        words = ["objectives", "design", "dataManagement", "justification", "population", "consent", "privacy", "distress", "referral",
                 "mandatoryReporting", "enumerators", "risksAndBenefits", "community", "dissemination", "funding", "incidents"]
        dossier = {"trainingHours": 1} | {word: "simulated: nobody is interviewed" for word in words}
        review = self.do("POST", "/forms/tfvaw/reviews", "coordinator", dossier)["id"]
        self.do("POST", f"/forms/tfvaw/reviews/{review}/decision", "ethics-reviewer", {
            "verdict": "approved", "committee": "SIMULATED committee (no committee has seen this)", "reference": "SIMULATED-1", "decidedOn": today,
            "validFrom": today, "validTo": until, "languages": ["en"], "modes": ["1"], "sexes": [1, 2], "minAge": 18,
        })
        self.device = self.do("POST", "/app-users", "coordinator", {"displayName": "phone"})["path"]
        return version, today

    def submit(self, xml):
        body = (
            b'--b0undary\r\nContent-Disposition: form-data; name="xml_submission_file"; filename="i.xml"\r\nContent-Type: text/xml\r\n\r\n'
            + xml.encode() + b"\r\n--b0undary--\r\n"
        )
        headers = {"X-OpenRosa-Version": "1.0", "Content-Type": "multipart/form-data; boundary=b0undary"}
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}{self.device}/submission", body, headers)) as answer:
            assert answer.status == 201, f"an interview was set aside: {self.do('GET', '/set-aside', 'ethics-reviewer')}"

    def release(self, name):
        """All tables there can be of the indicators."""
        self.do("POST", "/weights", "statistician", {"name": name})
        combinations = [list(c) for k in range(4) for c in itertools.combinations(DIMENSIONS, k) if not {"age_group", "age_band"} <= set(c)]
        tables = [{"indicator": i, "by": by} for i in INDICATORS for by in combinations]
        composed = self.do("POST", "/releases", "statistician", {"name": name, "weights": name, "tables": tables})
        path = f"/releases/{composed['release']['id']}"
        self.do("POST", f"{path}/approval", "coordinator")
        return self.do("GET", path, "analyst")


def members(by, groups):
    """The groups a cell is of."""
    return [place for place, group in enumerate(groups) if all(level in ("_T", group[DIMENSIONS.index(d)]) for d, level in by.items())]


class Attacker:
    """Of each group the events of the first release, then those of who came in since, as columns of HiGHS."""

    def __init__(self, groups, sizes):
        self.groups, self.sizes = groups, sizes
        self.solver = highspy.Highs()
        self.solver.setOptionValue("output_flag", False)
        flat = sizes[0] + sizes[1]
        self.solver.addVars(len(flat), [0.0] * len(flat), [float(size) for size in flat])

    def read(self, release, indicator, number):
        """Each shown percentage, rounded as it is, bounds the events of its cell."""
        for table in release["tables"]:
            if table["indicator"]["id"] != indicator:
                continue
            for cell in table["cells"]:
                if cell["status"] == "shown":
                    self.learn(members(cell["by"], self.groups), number, cell["estimate"])

    def learn(self, places, number, estimate, margin=0.0005):
        columns = [age * len(self.groups) + place for age in range(number + 1) for place in places]
        n = sum(self.sizes[age][place] for age in range(number + 1) for place in places)
        low, high = (estimate - margin) * n, (estimate + margin) * n
        self.solver.addRow(low - 1e-6, high + 1e-6, len(columns), columns, [1.0] * len(columns))

    def guesses(self):
        """For each group of each age: whether he says yes of its people."""
        found = []
        for column, size in enumerate(self.sizes[0] + self.sizes[1]):
            if size == 0:
                found.append(False)
                continue
            limits = [self.limit(column, sense) for sense in (highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize)]
            found.append(sum(limits) / 2 > size / 2 + 1e-6)
        return found

    def limit(self, column, sense):
        self.solver.changeObjectiveSense(sense)
        self.solver.changeColCost(column, 1.0)
        self.solver.run()
        if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"HiGHS: {self.solver.getModelStatus()}: what was released cannot be so")
        value = self.solver.getInfo().objective_function_value
        self.solver.changeColCost(column, 0.0)
        return value


def pairs(sample, sizes, answer):
    """One who said yes and one who did not, both in small groups, and interviewed for the same release."""
    found = []
    for late in (False, True):
        small = [p for p in sample if p["late"] == late and sizes[late][p["place"]] <= SMALL]
        found += zip([p for p in small if p[answer]], [p for p in small if not p[answer]])
    return found


def success(couples, guesses, n_groups):
    """The share of targets he is right about, and its upper 95 % bound over pairs."""
    says = lambda person: guesses[person["place"] + n_groups * person["late"]]
    right = [(says(yes) + (not says(no))) / 2 for yes, no in couples]
    mean = sum(right) / len(right)
    spread = math.sqrt(sum((r - mean) ** 2 for r in right) / (len(right) - 1) / len(right))
    return mean, mean + 1.96 * spread


def attack(indicator, answer, sample, groups, releases):
    sizes = [[sum(p["place"] == place and p["late"] == late for p in sample) for place in range(len(groups))] for late in (False, True)]
    shown = {frozenset(members(cell["by"], groups)) for release in releases for table in release["tables"] for cell in table["cells"]
             if table["indicator"]["id"] == indicator and cell["status"] == "shown"}
    couples = pairs(sample, sizes, answer)
    attacker = Attacker(groups, sizes)
    for number, release in enumerate(releases):
        attacker.read(release, indicator, number)
    mean, bound = success(couples, attacker.guesses(), len(groups))
    print(f"{indicator}: {len(shown)} groups shown, {len(couples)} pairs, right about {mean:.1%}, at most {bound:.1%} of them (guessing: half)")

    # What a server that looks at each cell alone, or at none, would have given away.
    for by in itertools.combinations(range(5), 3):
        for levels in {tuple(group[i] for i in by) for group in groups}:
            places = members({DIMENSIONS[i]: level for i, level in zip(by, levels)}, groups)
            inside = [p for p in sample if p["place"] in places and not p["late"]]
            if inside:
                attacker.learn(places, 0, sum(p[answer] for p in inside) / len(inside))
    control, _ = success([c for c in couples if not c[0]["late"]], attacker.guesses(), len(groups))
    print(f"{indicator}: with its tables of three dimensions unprotected, right about {control:.1%}")
    return bound <= 0.5 + MARGIN, control >= 0.5 + CONTROL


def asks_for_more(office):
    """What an analyst asks for that was not released, and the statuses he hears."""
    asked = {
        "/tables?indicator=TFV_T02_12M": 404, "/tables?indicator=TFV_T01_12M&by=sex,age_group,disability,urban": 404,
        "/tables?indicator=TFV_T01_12M&where=age_years=34": 400, "/tables?indicator=TFV_T01_12M&by=psu": 400,
        "/tables?indicator=TFV_T01_12M&by=age_years": 400, "/weights": 403, "/research-files": 403, "/own-words": 403,
    }
    return [(path, status) for path, wanted in asked.items()
            if (status := office.send("GET", f"/v1/projects/{office.study}{path}", "analyst")[0]) not in (wanted, 404)]


def main():
    kish, place, seed = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1
    sample = people(random.Random(seed))
    groups = sorted({p["group"] for p in sample})
    for person in sample:
        person["place"] = groups.index(person["group"])
    office = Office(kish, place)
    try:
        version, day = office.prepare(sample, place)
        releases = []
        for late, name in ((False, "first"), (True, "second")):
            with ThreadPoolExecutor(2) as phones:
                list(phones.map(lambda p: office.submit(instance(p, version, day)), [p for p in sample if p["late"] == late]))
            releases.append(office.release(name))
        told = asks_for_more(office)
        (place / "release.json").write_text(json.dumps(releases[0]))
        for name in ("sdmx.csv", "sdmx-structure.json"):
            path = f"/v1/projects/{office.study}/releases/{releases[0]['release']['id']}/{name}"
            (place / name).write_bytes(office.send("GET", path, "analyst")[1])
    finally:
        office.process.terminate()
        office.process.wait()
    alone = sum(1 for group in groups if sum(p["group"] == group for p in sample) == 1)
    print(f"{len(sample)} simulated people in {len(groups)} groups, {alone} of them alone in theirs; seed {seed}")
    found = [attack(indicator, answer, sample, groups, releases) for indicator, answer in INDICATORS.items()]
    for path, status in told:
        print(f"{path} was answered {status}", file=sys.stderr)
    return 0 if all(holds and controls for holds, controls in found) and not told else 1


if __name__ == "__main__":
    sys.exit(main())
