"""The D&B connector with a server that is not ours.

It is written from what users of Direct+ published alone: it refuses whatever none of
them sends (paths, parameters, bodies), and answers next to nothing.
"""

import base64
import json
import re

import pytest
from dnb_calls import CALLS, DUNS, KEY, REFERENCE, SECRET
from servers import LocalServer

from odoo.addons.partner_company_data.connectors.dnb_direct_plus import DnbDirectPlus

TOKEN = "another-servers-token"
NUMBER = "[0-9]{9}"
MATCH = {
    "countryISOAlpha2Code": "[A-Z]{2}",
    "confidenceLowerLevelThresholdValue": "[1-9]|10",
    "candidateMaximumQuantity": "[1-9]|1[0-9]|2[0-5]",
    **dict.fromkeys(
        "duns registrationNumber registrationNumberType name streetAddressLine1 "
        "addressLocality postalCode telephoneNumber url email exclusionCriteria "
        "customerReference".split(),
        ".+",
    ),
}
DATA = {
    "blockIDs": r"[a-z]+_L[1-4]_v[1-9](,[a-z]+_L[1-4]_v[1-9])*",
    "tradeUp": "hq|domhq",
    "customerReference": ".+",
    "orderReason": "[0-9]{4}",
}
PULL = {"maxNotifications": "[1-9][0-9]?|100"}
REPLAY = {**PULL, "replayStartTimestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"}
REGISTRATION = f"/v1/monitoring/registrations/{REFERENCE}"
QUEUE = {
    "notifications": [
        {
            "type": "UPDATE",
            "organization": {"duns": DUNS},
            "elements": [{"element": "primaryName", "current": "X"}],
        }
    ]
}
#: (method, path, parameters, kind of body, status, answer)
ROUTES = (
    (
        "GET",
        "/v1/match/cleanseMatch",
        MATCH,
        None,
        200,
        {"matchCandidates": [{"organization": {"duns": DUNS}}]},
    ),
    ("GET", f"/v1/data/duns/{NUMBER}", DATA, None, 200, {"organization": {}}),
    ("POST", f"{REGISTRATION}/subjects/{NUMBER}", {}, None, 201, None),
    ("DELETE", f"{REGISTRATION}/subjects/{NUMBER}", {}, None, 204, None),
    ("POST", f"{REGISTRATION}/duns", {}, "list", 202, {"addedQuantity": 1}),
    ("DELETE", f"{REGISTRATION}/duns", {}, "list", 202, {}),
    ("PATCH", f"{REGISTRATION}/duns/(add|remove)", {}, "file", 202, None),
    ("GET", f"{REGISTRATION}/notifications", PULL, None, 200, QUEUE),
    ("GET", f"{REGISTRATION}/notifications/replay", REPLAY, None, 200, QUEUE),
)


class AnotherServer(LocalServer):
    def __init__(self):
        self.refused = []

    def handle(self, handler):
        seen = self.seen(handler)
        status, body = self._answer(seen)
        content = b"" if body is None else json.dumps(body).encode()
        self.send(handler, status, content, {})
        handler.wfile.write(content)

    def _answer(self, seen):
        if seen.path == "/v3/token":
            return self._token(seen)
        if seen.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"error": {"errorCode": "1", "errorMessage": "token"}}
        for method, path, params, kind, status, answer in ROUTES:
            if method == seen.method and re.fullmatch(path, seen.path):
                wrong = [
                    name
                    for name, value in seen.query.items()
                    if not re.fullmatch(params.get(name, "(?!)"), value)
                ]
                if wrong or not self._is_body(seen, kind):
                    return self._refuse(seen, wrong or "body")
                return status, answer
        return self._refuse(seen, "path")

    @staticmethod
    def _is_body(seen, kind):
        content_type = seen.headers.get("Content-Type") or ""
        if kind == "list":
            numbers = json.loads(seen.content)["dunsList"]
            return all(re.fullmatch(NUMBER, number) for number in numbers)
        if kind == "file":
            is_form = content_type.startswith("multipart/form-data")
            return is_form and DUNS.encode() in seen.content
        return not seen.content

    def _token(self, seen):
        pair = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        good = (
            seen.method == "POST"
            and seen.headers.get("Authorization") == f"Basic {pair}"
            and json.loads(seen.content) == {"grant_type": "client_credentials"}
        )
        if not good:
            return self._refuse(seen, "log-in")
        return 200, {"access_token": TOKEN, "expiresIn": 86400}

    def _refuse(self, seen, why):
        self.refused.append((seen.method, seen.path, why))
        return 400, {"error": {"errorCode": "10001", "errorMessage": str(why)}}


@pytest.fixture
def another_server():
    with AnotherServer() as running:
        yield running


@pytest.mark.parametrize("call", CALLS)
def test_every_call_is_understood_and_needs_next_to_nothing(another_server, call):
    bureau = DnbDirectPlus(another_server.url, KEY, SECRET)
    found = CALLS[call](bureau)
    assert another_server.refused == []
    if call in ("pull", "replay"):
        (event,) = found.events
        assert (event.kind, event.new_value, event.old_value) == ("name", "X", None)
    elif call == "report":
        assert found.facts.score is None and found.facts.has_legal_facts is False
    elif call in ("search", "match"):
        rows = found.items if call == "search" else found
        # A candidate without a confidence is none that may be taken.
        assert [row.bureau_id for row in rows] == ([DUNS] if call == "search" else [])
    else:
        assert found == ()


def test_all_that_can_be_asked(another_server):
    bureau = DnbDirectPlus(
        another_server.url,
        KEY,
        SECRET,
        registration_number_type="1234",
        customer_reference="C1",
        calls_per_second=1000,
    )
    bureau.match(
        "FR",
        registration_number="482133675",
        name="X",
        street="RUE",
        city="LYON",
        postcode="69002",
        phone="+33 4",
        email="a@b.example",
    )
    bureau.search("FR", name="X", website="x.example", page_size=500)
    bureau.order_report(DUNS, country="DE")
    bureau.order_report(DUNS, country="FR", call_ref="C2")
    bureau.pull_notifications(REFERENCE, 5000)
    assert another_server.refused == []
