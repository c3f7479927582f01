"""Who asks, with what, and what was heard.

The committee asks where it alone may, else the office that holds every other role; nobody where no role is asked for. Bodies that
are no JSON are files of the probe's fodder, whole or with a piece of them replaced.
"""

import atexit
import collections
import json
import os
import re
from pathlib import Path

import requests
import schemathesis
from hypothesis import strategies

TOKENS = json.loads(os.environ["KISH_PROBE_TOKENS"])
FODDER = Path("fodder")


@strategies.composite
def file(draw, ending):
    whole = draw(strategies.sampled_from([path.read_bytes() for path in sorted(FODDER.glob(f"*.{ending}"))]))
    if draw(strategies.booleans()):
        return whole
    start = draw(strategies.integers(0, len(whole)))
    end = draw(strategies.integers(start, min(len(whole), start + 200)))
    return whole[:start] + draw(strategies.binary(max_size=40)) + whole[end:]


schemathesis.openapi.media_type("application/octet-stream", file("zip"))
schemathesis.openapi.media_type("text/csv", file("csv"))
schemathesis.openapi.format("instance", file("xml").map(lambda data: data.decode("utf-8", "replace")))


@schemathesis.auth(refresh_interval=None)
class Asker:
    def get(self, case, ctx):
        roles = case.operation.definition.raw.get("x-roles")
        if roles is None:
            return None
        return TOKENS["committee" if roles == ["ethics-reviewer"] else "office"]

    def set(self, case, data, ctx):
        if data is not None:
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


def renew_draft(case) -> None:
    """Drafts come and go, each with a link of its own: whatever could be one becomes the one that is there."""
    base = f"{os.environ['KISH_PROBE_URL']}/v1/projects/1/forms/tfvaw/draft"
    asking = {"Authorization": f"Bearer {TOKENS['office']}"}
    if not requests.get(base, headers=asking, timeout=10).ok:
        requests.post(base, headers=asking, timeout=10)
    case.path_parameters["token"] = requests.get(base, headers=asking, timeout=10).json().get("draftToken", "none")


@schemathesis.hook
def before_call(context, case, kwargs) -> None:
    is_whole = case.path_parameters.get("form") == "tfvaw" and re.fullmatch(os.environ["KISH_PROBE_LINK"], str(case.path_parameters.get("token")))
    if case.operation.path.startswith("/v1/test/") and is_whole:
        renew_draft(case)


answers = collections.defaultdict(collections.Counter)


@schemathesis.hook
def after_call(context, case, response):
    answers[case.operation.label][str(response.status_code)] += 1


@atexit.register
def keep() -> None:
    with open("answers.json", "w", encoding="utf-8") as file:
        json.dump(answers, file)


@schemathesis.hook
def filter_failure(context, failure, case, response) -> bool:
    """What the probe narrowed to names that are there is no limit of the interface, and what is too large is refused too."""
    return response.status_code != 413 and "in path" not in failure.message and "enum value" not in failure.message
