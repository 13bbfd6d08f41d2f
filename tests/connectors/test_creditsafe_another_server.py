"""The Creditsafe connector with a server that is not ours.

It is written from the service's published description alone: it refuses whatever the
description does not have (paths, parameters, types, missing keys), and answers no
field that the description does not require.
"""

import json
import re

import pytest
from creditsafe_calls import CALLS, COMPANY
from servers import LocalServer

from odoo.addons.partner_company_data.connectors.creditsafe import Creditsafe

TOKEN = "another-servers-token"
TEXT = str
NUMBER = r"[0-9]+"
PAGING = {"page": NUMBER, "pageSize": r"[1-9][0-9]{0,2}|1000"}
DATE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
BOOLEAN = "true|false"
SEARCH = {
    "countries": r"[A-Z]{2}(,[A-Z]{2})*",
    "page": r"[1-9][0-9]*",
    "pageSize": NUMBER,
    "language": "[a-z]{2}",
    **dict.fromkeys(
        "id safeNo regNo vatNo name tradeName acronym address street houseNo city "
        "postCode province officeType phoneNo status type website callRef "
        "customData".split(),
        ".+",
    ),
    "exact": BOOLEAN,
}
EVENTS = {
    **PAGING,
    "searchQuery": ".*",
    "sortBy": "companyName|countryCode|eventId|eventDate",
    "sortDir": "asc|desc",
    "startDate": DATE,
    "endDate": DATE,
    "filterByCreatedDate": BOOLEAN,
}
REMARKS = {"personalReference": TEXT, "freeText": TEXT, "personalLimit": TEXT}
NEW_PORTFOLIO = {
    "name": TEXT,
    "isDefault?": bool,
    "emails?": list,
    "emailSubject?": TEXT,
    "emailLanguage?": TEXT,
    "frequency?": TEXT,
}
TRANSFER = {"portfolios": list, "companies?": list}
MULTIPART = "multipart"
#: What the rules' PUT has set, for the read that follows it.
RULES = [
    {"ruleCode": 101, "isActive": False},
    {"ruleCode": 102, "isActive": 1, "param0": "true"},
]
ONE = f"/monitoring/portfolios/{NUMBER}"
HELD = f"{ONE}/companies/[^/]+"

#: (method, path) → (query, required parameters, body, status, answer)
DESCRIPTION = {
    ("GET", "/companies"): (
        SEARCH,
        {"countries"},
        None,
        200,
        {
            "totalSize": 1,
            "companies": [
                {"id": COMPANY, "country": "FR", "name": "AKEI", "status": "Active"}
            ],
        },
    ),
    ("GET", "/companies/match"): (
        {
            "country": "[A-Z]{2}",
            "matchThreshold": "898|899|9[0-9]{2}",
            "name": ".+",
            "regNo": ".+",
        },
        {"country", "matchThreshold"},
        None,
        200,
        {"matchedCompanies": []},
    ),
    ("GET", "/companies/searchcriteria"): (
        {"countries": "[A-Z]{2}"},
        {"countries"},
        None,
        200,
        {"criteriaSets": []},
    ),
    ("GET", "/companies/schema/[A-Z]{2}"): (
        {"section": "CompanyReportResponse", "template": ".+"},
        {"section"},
        None,
        200,
        {},
    ),
    ("GET", "/companies/[A-Z0-9-]+"): (
        {
            "language": "[a-z]{2}",
            "template": ".+",
            "includeIndicators": BOOLEAN,
            "customData": ".+::.+",
            "callRef": ".+",
        },
        set(),
        None,
        200,
        {"report": {}},
    ),
    ("GET", "/reportcustomdata/[A-Z]{2}"): ({}, set(), None, 200, {"customData": []}),
    ("GET", "/access"): ({}, set(), None, 200, {"countryAccess": {}}),
    ("GET", "/monitoring/user/details"): ({}, set(), None, 200, [{}]),
    ("GET", "/monitoring/portfolios"): (
        {**PAGING, "searchQuery": ".*"},
        set(),
        None,
        200,
        {"data": {"portfolios": [{"portfolioId": 131318}], "sharedPortfolios": None}},
    ),
    ("POST", "/monitoring/portfolios"): (
        {},
        set(),
        NEW_PORTFOLIO,
        200,
        {"portfolioId": 131318},
    ),
    ("GET", ONE): ({}, set(), None, 200, {"portfolioId": 36}),
    ("PATCH", ONE): ({}, set(), NEW_PORTFOLIO, 204, None),
    ("DELETE", ONE): ({}, set(), None, 200, {"message": "Portfolio removed"}),
    ("GET", f"{ONE}/countries"): ({}, set(), None, 200, ["FR"]),
    ("GET", f"{ONE}/riskSummary"): ({}, set(), None, 200, {}),
    ("GET", f"{ONE}/companies"): (
        {**PAGING, "searchQuery": ".*", "countryCode": "[A-Z]{2}"},
        set(),
        None,
        200,
        {"data": [{"id": COMPANY, "creditLimit": None, "ratingCommon": None}]},
    ),
    ("POST", f"{ONE}/companies"): ({}, set(), {"id": TEXT, **REMARKS}, 201, {}),
    ("POST", f"{ONE}/companies/copy"): (
        {"copyAll": BOOLEAN},
        set(),
        TRANSFER,
        200,
        {"data": {}},
    ),
    ("POST", f"{ONE}/companies/remove"): (
        {"removeAll": BOOLEAN},
        set(),
        TRANSFER,
        200,
        {"data": {}},
    ),
    ("PATCH", f"{ONE}/companies/clear"): (
        {"clearAll": BOOLEAN},
        set(),
        {"companies": list},
        200,
        {},
    ),
    ("GET", HELD): ({}, set(), None, 200, {"connectId": COMPANY}),
    ("PATCH", HELD): ({}, set(), REMARKS, 204, None),
    ("DELETE", HELD): ({}, set(), None, 200, {}),
    ("POST", f"{ONE}/import"): ({}, set(), MULTIPART, 200, {}),
    ("POST", f"{ONE}/sync"): ({}, set(), MULTIPART, 200, {}),
    ("GET", f"{ONE}/sharingPermissions"): ({}, set(), None, 200, {"data": {}}),
    ("PATCH", f"{ONE}/sharingPermissions"): (
        {},
        set(),
        {"revokeAll?": TEXT, "userPermissions?": list},
        200,
        {"data": {}},
    ),
    ("GET", f"(/monitoring|{ONE})/eventRules(/[A-Z]{{2}})?"): (
        {},
        set(),
        None,
        200,
        RULES,
    ),
    ("PUT", f"{ONE}/eventRules/setDefault"): ({}, set(), None, 204, None),
    ("PUT", f"{ONE}/eventRules/[A-Z]{{2}}"): ({}, set(), list, 204, None),
    ("GET", f"(/monitoring|{ONE})/notificationEvents"): (
        EVENTS,
        set(),
        None,
        200,
        {"data": [{"notificationEventId": 51861887}], "totalCount": 1},
    ),
    ("GET", f"{HELD}/notificationEvents"): (PAGING, set(), None, 204, None),
    ("GET", "/monitoring/companies/[^/]+/events"): (
        {**PAGING, "startDate": DATE, "endDate": DATE},
        set(),
        None,
        200,
        {"data": [{"eventId": 192873729}]},
    ),
}


class AnotherServer(LocalServer):
    """Keeps what it refuses in ``refusals``, and which calls it has answered."""

    def __init__(self):
        self.refusals = []
        self.answered = set()

    def handle(self, handler):
        seen = self.seen(handler)
        status, answer = self.answer(seen)
        body = b"" if answer is None else json.dumps(answer).encode()
        self.send(handler, status, body, {})
        handler.wfile.write(body)

    def answer(self, seen):
        path = seen.path.removeprefix("/gateway/connect/v1")
        if path == "/authenticate":
            sent = json.loads(seen.content)
            assert seen.headers["Content-Type"] == "application/json"
            assert sent == {"username": "user@example.com", "password": "password"}
            return 200, {"token": TOKEN}
        if seen.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"error": "Invalid token."}
        for (method, pattern), described in DESCRIPTION.items():
            if method == seen.method and re.fullmatch(pattern, path):
                query, required, body, status, answer = described
                faults = [
                    *self.check_query(seen.query, query, required),
                    *self.check_body(seen, body),
                ]
                if faults:
                    self.refusals += [f"{method} {path}: {fault}" for fault in faults]
                    return 400, {"message": "Bad request", "details": str(faults)}
                self.answered.add((method, pattern))
                return status, answer
        self.refusals.append(f"{seen.method} {path}: not described")
        return 404, {"message": "Resource not found"}

    @staticmethod
    def check_query(sent, described, required):
        for name in required - set(sent):
            yield f"parameter {name} is missing"
        for name, value in sent.items():
            if name not in described or not re.fullmatch(described[name], value):
                yield f"parameter {name}={value}"

    def check_body(self, seen, described):
        if described is None:
            if seen.content:
                yield "a body is not described"
            return
        if described is MULTIPART:
            if not re.search(rb'name="importcsv"; filename=', seen.content, re.I):
                yield "no file"
            if b"Safe Number\r\nFR30000012\r\n" not in seen.content:
                yield "not the CSV that is described"
            return
        sent = json.loads(seen.content)
        if described is list:
            for rule in sent:
                for key in ("ruleCode", "isActive"):
                    if type(rule.get(key)) is not int:
                        yield f"{key} must be an integer"
                for key in set(rule) - {"ruleCode", "isActive", "ruleCountryCode"}:
                    if key not in ("param0", "param1", "param2"):
                        yield f"{key} is not described"
            return
        yield from self.check_object(sent, described)

    @staticmethod
    def check_object(sent, described):
        kinds = {key.rstrip("?"): kind for key, kind in described.items()}
        for key in described:
            if not key.endswith("?") and key not in sent:
                yield f"{key} is missing"
        for key, value in sent.items():
            if key not in kinds or not isinstance(value, kinds[key]):
                yield f"{key}={value!r}"


@pytest.fixture(scope="module")
def server():
    with AnotherServer() as running:
        yield running


@pytest.fixture
def bureau(server):
    server.refusals.clear()
    bureau = Creditsafe(
        f"{server.url}/gateway/connect/v1/", "user@example.com", "password"
    )
    yield bureau
    bureau.close()
    assert server.refusals == []


@pytest.mark.parametrize("call", CALLS)
def test_every_call_is_valid_and_its_answer_is_read(bureau, call):
    CALLS[call](bureau)
    assert bureau.requests_made >= 2


def test_every_described_call_is_made(server, bureau):
    for call in CALLS.values():
        call(bureau)
    assert server.answered == set(DESCRIPTION)


def test_what_is_not_answered_is_not_known(bureau):
    (found,) = bureau.search("FR", name="akei").items
    assert (found.name, found.status, found.office_type) == ("AKEI", "active", None)
    assert found.is_head_office is None
    (page,) = bureau.portfolio_companies(36)
    assert (page.items[0].rating, page.items[0].limit) == (None, None)
    assert page.total is None
    (page,) = bureau.notification_events()
    assert (page.items[0].kind, page.items[0].created_at) == (None, None)
    assert bureau.report(COMPANY).facts.rating is None
    assert bureau.risk_summary(36).total is None
