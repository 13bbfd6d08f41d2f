"""Creditsafe's stand-in: codes, bodies, paging, limits, and the published outlines."""

import base64
import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

import pytest

V1 = "/creditsafe/v1"
USER = {"username": "sandbox@example.com", "password": "sandbox-password"}
GOOD = "FR-X-48213367500017"
OUTLINES = Path(__file__).resolve().parents[3] / "shared/data/creditsafe-samples"


class Api:
    """The stand-in with a log-in."""

    def __init__(self, client):
        self.client = client
        answer = client.session.post(f"{client.base}{V1}/authenticate", json=USER)
        assert answer.status_code == 200
        self.token = answer.json()["token"]

    def call(self, method, path, expected=200, headers=None, **options):
        answer = self.client.session.request(
            method,
            f"{self.client.base}{V1}{path}",
            headers={"Authorization": f"Bearer {self.token}", **(headers or {})},
            timeout=30,
            allow_redirects=False,
            **options,
        )
        assert answer.status_code == expected, answer.text
        return answer

    def get(self, path, expected=200, headers=None, **params):
        answer = self.call("GET", path, expected, headers, params=params)
        return answer.json() if answer.content else None

    def send(self, method, path, body, expected=200):
        answer = self.call(method, path, expected, json=body)
        return answer.json() if answer.content else None


@pytest.fixture
def api(client):
    return Api(client)


# --------------------------------------------------------------------------- log-in


def test_tokens(client, api):
    claims = api.token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert claims["exp"] - claims["nbf"] == 3600
    url = f"{client.base}{V1}/access"
    for header, status in (
        (f"Bearer {api.token}", 200),
        (api.token, 200),
        ("Bearer nonsense", 401),
        (None, 401),
    ):
        headers = {"Authorization": header} if header else {}
        answer = client.session.get(url, headers=headers)
        assert answer.status_code == status
        if status == 401:
            assert answer.json() == {"error": "Invalid token."}
    # Several may be alive at once; all end together on demand.
    other = Api(client)
    assert client.control("creditsafe/tokens", {"expire": True})["ended"] == 2
    api.get("/access", 401)
    other.get("/access", 401)


def test_wrong_log_ins_are_throttled(client):
    url = f"{client.base}{V1}/authenticate"
    wrong = {**USER, "password": "Sandbox-Password"}
    statuses = [client.session.post(url, json=wrong).status_code for _ in range(7)]
    assert statuses == [401] * 5 + [429] * 2
    assert (
        "case sensitive"
        in client.session.post(url, json={**USER, "password": "other"}).json()[
            "message"
        ]
    )
    assert client.session.post(url, json=USER).status_code == 200
    assert client.session.post(url, data="no json").status_code == 400


def test_there_is_no_call_that_marks_events(api):
    path = "/monitoring/portfolios/589960/notificationEvents/1"
    api.send("PATCH", path, {"isProcessed": True}, 404)


# --------------------------------------------------------------------------- search


def test_search(api):
    body = api.get("/companies", countries="FR", regNo="482133675")
    (row,) = body["companies"]
    assert body["totalSize"] == 1
    assert row["id"] == GOOD
    assert row["regNo"] == "48213367500017"
    assert row["address"]["postCode"] == "69002"
    assert row["officeType"] == "HeadOffice"
    body = api.get("/companies", countries="FR", name="garage dupont", pageSize=3)
    assert (body["totalSize"], len(body["companies"])) == (4, 3)
    body = api.get("/companies", countries="FR", name="garage", pageSize=3, page=2)
    assert len(body["companies"]) > 0
    body = api.get("/companies", countries="FR", regNo="000000018")
    assert body["companies"] == []
    assert body["messages"][0]["code"] == "NoResults"


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"name": "x"}, 400),
        ({"countries": "FR"}, 400),
        ({"countries": "FR", "name": "x", "page": 0}, 400),
        ({"countries": "FR", "name": "x", "pageSize": 5000}, 400),
        ({"countries": "IT", "name": "x"}, 403),
        ({"countries": "FR,IT", "name": "x"}, 403),
    ],
)
def test_refused_searches(api, params, status):
    body = api.get("/companies", status, **params)
    if status == 403:
        assert body == {"message": "Access forbidden"}
    else:
        assert set(body) == {"correlationId", "message", "details"}


def test_partly_disclosed_companies_are_not_there(client, api):
    hidden = client.control("companies?case=partial", method="GET")["results"]
    assert hidden
    for record in hidden:
        body = api.get("/companies", countries="FR", regNo=record["siren"])
        assert body["companies"] == []


def test_the_register_and_this_service_agree(client, api):
    (moved,) = client.control("register/move", {"sirens": ["482133675"]})["changed"]
    rows = api.get("/companies", countries="FR", regNo="482133675")["companies"]
    assert [row["officeType"] for row in rows] == ["HeadOffice", "Branch"]
    assert rows[0]["regNo"] == moved["new_siret"]
    assert rows[1]["status"] == "NonActive"
    client.control("register/cease", {"sirens": ["482133675"]})
    report = api.get(f"/companies/{rows[0]['id']}")["report"]
    assert report["companySummary"]["companyStatus"]["status"] == "NonActive"
    assert report["companySummary"]["creditRating"]["commonValue"] == "E"


# -------------------------------------------------------------------------- reports


def report_counters(api):
    access = api.get("/access")["countryAccess"]
    counters = access["creditsafeConnectOnlineReports"]
    return {counter["countryIso2"]: counter["used"] for counter in counters}


def test_a_report_costs_a_credit(api):
    before = report_counters(api)
    body = api.get(f"/companies/{GOOD}", language="fr")
    assert (body["language"], body["companyId"]) == ("fr", GOOD)
    after = report_counters(api)
    assert after == {**before, "FR": before["FR"] + 1}
    api.get("/companies/FR-X-00000000000000", 404)
    api.get("/companies/IT-0-MI990001", 403)
    assert report_counters(api) == after


def test_a_report_is_the_same_each_time(start, api):
    here = api.get(f"/companies/{GOOD}")["report"]
    assert api.get(f"/companies/{GOOD}")["report"] == here
    there = Api(start("--companies", "10")).get(f"/companies/{GOOD}")["report"]
    assert there == here


def test_documents(api):
    answer = api.call(
        "GET", f"/companies/{GOOD}", headers={"Accept": "application/pdf"}
    )
    assert answer.headers["Content-Type"] == "application/pdf"
    check_pdf(answer.content)
    body = api.get(f"/companies/{GOOD}", headers={"Accept": "application/json+pdf"})
    check_pdf(base64.b64decode(body["pdfReportStream"]))
    assert body["report"]["companyId"] == GOOD


def check_pdf(content):
    """Header, trailer, and a table whose offsets lead to the objects."""
    assert content.startswith(b"%PDF-1.4")
    table = int(re.search(rb"startxref\n(\d+)\n%%EOF", content)[1])
    assert content[table : table + 4] == b"xref"
    for number, offset in enumerate(re.findall(rb"(\d{10}) 00000 n", content), 1):
        assert content[int(offset) :].startswith(b"%d 0 obj" % number)


def test_large_reports_wait_elsewhere(client, api):
    client.control("creditsafe/large_reports", {"on": True})
    answer = api.call("GET", f"/companies/{GOOD}", 302)
    place = urlsplit(answer.headers["Location"])
    assert place.netloc != urlsplit(client.base).netloc
    path = f"{place.path}?{place.query}"
    refused = client.get(path, headers={"Authorization": f"Bearer {api.token}"})
    assert refused.status_code == 400
    assert client.get(path).json()["companyId"] == GOOD


def test_german_reports_want_a_reason(api):
    body = api.get("/companies/DE-0-HRB990101", 400)
    assert "de_reason_code" in body["details"]
    api.get("/companies/DE-0-HRB990101", customData="de_reason_code::9", expected=400)
    api.get("/companies/DE-0-HRB990101", customData="de_reason_code::1")


def test_all_ratings_exist(client, api):
    letters, failing = set(), 0
    client.control("creditsafe/monitor", {"count": 400})
    page = api.get("/monitoring/portfolios/589960/companies", pageSize=1000)
    for row in page["data"]:
        letters.add(row["ratingCommon"])
        assert (row["ratingCommon"] == "E") == (row["ratingLocal"] in ("0", NOT_RATED))
        failing += row["ratingLocal"] == "0"
    assert letters == set("ABCDE")
    assert failing


NOT_RATED = "Not rated - insufficient information to rate"


def test_every_register_company_has_a_report(client, api):
    """Whatever the unit: sole traders, associations, overseas, ceased ones."""
    sirets = client.found('etatadministratifetablissement="Actif"')[:40]
    sirets += client.found('etatadministratifunitelegale="Cessée"')[:20]
    for siret in sirets:
        if client.one(siret)["statutdiffusionetablissement"] == "P":
            continue
        report = api.get(f"/companies/FR-X-{siret}")["report"]
        assert report["additionalInformation"]["ratingHistory"]
        days = [row["date"] for row in report["additionalInformation"]["ratingHistory"]]
        assert days == sorted(days, reverse=True)
        assert days[0][:10] <= datetime.now(timezone.utc).date().isoformat()


# ----------------------------------------------------------------------- monitoring


def test_portfolio_paging(client, api):
    client.control("creditsafe/monitor", {"count": 120})
    path = "/monitoring/portfolios/589960/companies"
    first = api.get(path)
    assert len(first["data"]) == 50
    assert first["paging"] == {"size": 50, "prev": None, "next": 1, "last": 2}
    last = api.get(path, page=2)
    assert last["paging"]["next"] is None
    assert last["totalCount"] == 50 + 50 + len(last["data"])
    api.get(path, 400, pageSize=1001)
    empty = api.send("POST", "/monitoring/portfolios", {"name": "Empty"})
    body = api.get(f"/monitoring/portfolios/{empty['portfolioId']}/companies")
    assert body["paging"]["last"] == -1


def test_adding_twice_is_a_conflict(api):
    path = "/monitoring/portfolios/589960/companies"
    body = {"id": GOOD, "personalReference": "", "freeText": "", "personalLimit": ""}
    said = api.send("POST", path, body, 409)
    assert said["message"] == f"Company  {GOOD} already in portfolio"
    del body["personalLimit"]
    assert "personalLimit" in api.send("POST", path, body, 400)["details"]
    api.get(f"{path}/GB-0-99000001", 400)
    api.get("/monitoring/portfolios/1/companies", 404)


def test_rules_want_integers(api):
    path = "/monitoring/portfolios/589960/eventRules/XX"
    for active, status in ((1, 204), (0, 204), (True, 400), ("1", 400), (2, 400)):
        api.send("PUT", path, [{"ruleCode": 102, "isActive": active}], status)
    api.send("PUT", path, [{"ruleCode": 99, "isActive": 1}], 404)
    api.send("PUT", path, {"ruleCode": 102, "isActive": 1}, 400)


def test_events_need_an_active_rule(client, api):
    event = {"events": [{"company": GOOD, "limit": 100}]}
    assert client.control("creditsafe/events", event)["count"] == 0
    path = "/monitoring/portfolios/589960/eventRules/XX"
    api.send("PUT", path, [{"ruleCode": 102, "isActive": 1}], 204)
    event["events"][0]["limit"] = 200
    assert client.control("creditsafe/events", event)["count"] == 1
    (row,) = api.get("/monitoring/notificationEvents")["data"]
    assert (row["oldValue"], row["newValue"], row["ruleName"]) == (
        "100",
        "200",
        "Limit",
    )
    assert row["isProcessed"] is False
    tomorrow = (datetime.now(timezone.utc) + timedelta(1)).strftime("%Y-%m-%dT%H:%M:%S")
    for by_created in ("true", "false"):
        body = api.get(
            "/monitoring/notificationEvents",
            startDate=tomorrow,
            filterByCreatedDate=by_created,
        )
        assert (body["totalCount"], body["paging"]["last"]) == (0, -1)
    api.get("/monitoring/notificationEvents", 400, startDate="yesterday")


def test_reset_puts_everything_back(client, api):
    api.send("POST", "/monitoring/portfolios", {"name": "More"})
    api.get(f"/companies/{GOOD}")
    client.control("creditsafe/change", {"company": GOOD, "score": 3})
    client.control("creditsafe/advance", {"days": 3})
    client.control("reset")
    state = client.control("creditsafe", method="GET")
    assert (state["reports_bought"], state["log_ins"]) == (0, 0)
    assert [portfolio["name"] for portfolio in state["portfolios"]] == [
        "Default",
        "Clients Nord",
    ]
    report = Api(client).get(f"/companies/{GOOD}")["report"]
    assert report["companySummary"]["creditRating"]["commonValue"] == "A"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 503])
def test_faults_have_the_services_bodies(client, api, status):
    client.fault(str(status), service="creditsafe", times=1, seconds=3)
    answer = api.call("GET", "/access", status)
    assert answer.json().keys() & {"message", "error"}
    assert answer.headers["Retry-After"] == "3"


def test_the_control_address_explains_itself(client):
    listed = client.control("", method="GET")
    assert any("creditsafe" in line for line in listed)
    assert client.control("creditsafe/help", method="GET")
    client.control("creditsafe/events", {"events": [{"company": "1"}]}, expected=400)
    client.control("creditsafe/nonsense", {}, expected=404)


# ---------------------------------------------------------------------- the outlines

_TYPES = {
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
}
#: Where recorded answers differ from the published description.
_SEEN_OTHERWISE = {("userId", str), ("isActive", int), ("isDefault", bool)}
#: In recorded answers, though not in the description of events of all portfolios.
_SEEN_THOUGH_UNDESCRIBED = ("createdDate",)


def outlines(name):
    """Schemas of a file by name; ``=`` is a type, ``[]`` what a list holds."""
    schemas, stack = {}, []
    for line in (OUTLINES / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("====="):
            root = schemas[line.split(maxsplit=1)[1]] = {}
            stack = [(-1, root)]
            continue
        depth = len(line) - len(line.lstrip())
        word = line.strip().partition("  ")[0]
        while stack[-1][0] >= depth:
            stack.pop()
        node = stack[-1][1]
        if word == "[]" or word.startswith("[] "):
            stack.append((depth, node.setdefault("[]", {})))
        elif word.startswith("= "):
            node["="] = word[2:].split()[0]
        elif found := re.match(r"(\w+): ?(\w*)", word):
            child = node.setdefault(found[1], {})
            if found[2]:
                child["="] = found[2]
            stack.append((depth, child))
    return schemas


def misfits(value, schema, path=""):
    """What an answer has that its schema has not, or has otherwise."""
    kind = schema.get("=")
    key = path.rpartition(".")[2]
    if value is None or (key, type(value)) in _SEEN_OTHERWISE:
        return
    if isinstance(value, dict):
        known = {name for name in schema if name not in ("=", "[]")}
        # An open object: countries fill it as they like.
        if known:
            for name, item in value.items():
                if name in known:
                    yield from misfits(item, schema[name], f"{path}.{name}")
                elif name not in _SEEN_THOUGH_UNDESCRIBED:
                    yield f"{path}.{name} is not described"
        elif kind not in (None, "object"):
            yield f"{path} is no {kind}"
    elif isinstance(value, list):
        if "[]" not in schema:
            yield f"{path} is no list"
        for item in value:
            yield from misfits(item, schema.get("[]", {}), f"{path}[]")
    elif kind and (
        not isinstance(value, _TYPES[kind])
        or (isinstance(value, bool) and kind != "boolean")
    ):
        yield f"{path} is no {kind}: {value!r}"


@pytest.mark.skipif(not OUTLINES.is_dir(), reason="the outlines are not here")
@pytest.mark.parametrize(
    "company",
    [GOOD, "FR-X-82337041600013", "FR-X-50271963600016", "GB-0-99000001"],
)
def test_reports_fit_the_outline(api, company):
    (schema,) = outlines("company-report-schema-outline.txt").values()
    assert schema["report"]["creditScore"]["currentCreditRating"]["pod"]
    body = api.get(f"/companies/{company}", includeIndicators="true")
    # Only in French accounts, of which the outline has the frame alone.
    body["report"].pop("localFinancialStatements", None)
    assert list(misfits(body, schema)) == []


@pytest.mark.skipif(not OUTLINES.is_dir(), reason="the outlines are not here")
def test_monitoring_fits_the_outlines(client, api):
    schemas = {
        name.rpartition(".")[2]: schema
        for name, schema in outlines("monitoring-schemas-outline.txt").items()
    }
    one = "/monitoring/portfolios/589960"
    rules = [{"ruleCode": code, "isActive": 1} for code in (101, 102)]
    api.send("PUT", f"{one}/eventRules/XX", rules, 204)
    client.control("creditsafe/events", {"count": 5})
    for path, name in (
        ("/monitoring/portfolios", "ListPortfolios"),
        (one, "GetPortfolioById"),
        (f"{one}/countries", "MonitoredCountriesInPortfolio"),
        (f"{one}/riskSummary", "RiskSummary"),
        (f"{one}/companies", "CompaniesInAPortfolio"),
        (f"{one}/companies/{GOOD}", "GetCompanyFromPortfolio"),
        (f"{one}/eventRules", "ListPortfolioEventRules"),
        (f"{one}/sharingPermissions", "ListSharingPermissions"),
        ("/monitoring/notificationEvents", "AllNotificationsEvents"),
        (f"/monitoring/companies/{GOOD}/events", "CompanyEvents"),
    ):
        body = api.get(path)
        assert body
        assert list(misfits(body, schemas[name])) == [], path
    details = api.get("/monitoring/user/details")
    assert list(misfits([details], schemas["UserDetails"])) == []


def test_misfits_are_found():
    schema = {"a": {"=": "string"}, "b": {"[]": {"c": {"=": "number"}}}}
    assert list(misfits({"a": "x", "b": [{"c": 1}]}, schema)) == []
    assert len(list(misfits({"a": 1, "b": [{"c": "1"}, {"d": 1}]}, schema))) == 3


def test_the_account_goes_back_to_where_it_was_kept(client, api):
    def portfolios():
        state = client.control("creditsafe", method="GET")
        return [(one["name"], one["companies"]) for one in state["portfolios"]]

    def notified():
        return client.control("creditsafe", method="GET")["notifications"]

    at_the_start = portfolios()
    made = api.send("POST", "/monitoring/portfolios", {"name": "Clients"})
    number = made["portfolioId"]
    company = {"id": GOOD, "personalReference": "", "freeText": "", "personalLimit": ""}
    api.send("POST", f"/monitoring/portfolios/{number}/companies", company)
    rules = [{"ruleCode": 102, "isActive": 1, "ruleCountryCode": "XX"}]
    api.call("PUT", f"/monitoring/portfolios/{number}/eventRules/XX", 204, json=rules)
    client.control("creditsafe/keep")
    kept = portfolios()
    assert kept == [*at_the_start, ("Clients", 1)]
    for _time in range(2):
        change = {"company": GOOD, "limit": 4}
        client.control("creditsafe/events", {"events": [change]})
        assert notified() == 1
        client.control("reset")
        assert portfolios() == at_the_start
        client.control("creditsafe/restore")
        assert portfolios() == kept
        assert notified() == 0
        # The token is good again as well.
        assert api.get(f"/monitoring/portfolios/{number}")
