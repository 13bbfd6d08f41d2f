"""Creditsafe's Connect API 1.10, stood in for: ``/creditsafe/v1/…``.

Log-in, search, match, reports, contract; monitoring is in a file of its own. What is
not public is made in the style of the rest: see the README.
"""

import base64
import copy
import json
import re
import threading
import uuid
from urllib.parse import unquote

from . import creditsafe_account, creditsafe_reports, pdf, words
from .creditsafe_companies import Companies, office_type
from .creditsafe_control import CreditsafeControl
from .creditsafe_credit import Credit
from .creditsafe_errors import BadRequest, Forbidden, InvalidToken, NotFound, Refusal
from .creditsafe_monitoring import Monitoring
from .creditsafe_portfolios import Portfolios
from .http_messages import Response, json_response

_SEARCH_PAGE = 50
_LARGEST_SEARCH_PAGE = 200
_MOST_FOUND = 500
_ASKED = (
    "id safeNo regNo vatNo name tradeName acronym street city postCode phoneNo "
    "status type officeType website address"
).split()
_OTHER_TERMS = {"type", "officeType", "tradeName", "acronym", "website", "phoneNo"}
_REASONS = (
    "Kreditentscheidung",
    "Laufende Geschäftsbeziehung",
    "Bonitätsprüfung",
    "Forderung",
    "Versicherungsvertrag",
    "Leasing oder Miete",
    "Bankgeschäft",
    "Sonstiges berechtigtes Interesse",
)
_FAULT_BODIES = {
    401: {"error": "Invalid token."},
    403: {"message": "Access forbidden"},
    404: {"message": "Resource not found"},
    429: {"message": "Too many requests"},
}
#: What changes beside the account's parts.
_OWN = ("large_reports", "reports_bought", "_downloads", "_last_import")
#: Reports of these companies are "large": they wait at another address.
_LARGE_REPORTS = frozenset(("318420767",))


def _criteria_sets(countries):
    """The terms that go together; Luxembourg has no search by VAT number here."""
    identifiers = [key for key in _ASKED[:4] if key != "vatNo" or "LU" not in countries]
    return [
        *({key: {"required": True}} for key in identifiers),
        {
            "name": {"required": True},
            "status": {"required": False, "allowedValues": ["Active", "NonActive"]},
            "address": {
                "street": {"required": False},
                "city": {"required": False},
                "postCode": {"required": False},
            },
        },
        {
            "address": {
                "city": {"required": True},
                "street": {"required": False},
                "postCode": {"required": True},
            },
        },
    ]


def _fits_set(asked, criteria):
    """Whether a search has what a set needs, and nothing that it doesn't take.

    Terms of the published description that the sets don't name are let through.
    """
    terms = {**criteria, **criteria.get("address", {})}
    needed = {key for key, options in terms.items() if options.get("required")}
    return needed <= set(asked) <= set(terms) | _OTHER_TERMS


class Creditsafe:
    """The service. One lock: requests are short, and what they change is shared."""

    name = "creditsafe"

    def __init__(self, sandbox):
        self._lock = threading.RLock()
        self.companies = Companies(sandbox.store)
        self.credit = Credit(sandbox.store.seed)
        self.tokens = creditsafe_account.Tokens()
        self.contract = creditsafe_account.Contract()
        self.portfolios = Portfolios()
        self.monitoring = Monitoring(self)
        self._control = CreditsafeControl(self)
        self._routes = [
            (method, re.compile(pattern), getattr(owner, name))
            for method, pattern, owner, name in self._routing()
        ]

    def _routing(self):
        own, monitoring = self, self.monitoring
        number, company, country = r"/([0-9]{1,12})", r"/([^/]+)", r"/([A-Za-z]{2})"
        one = f"/monitoring/portfolios{number}"
        held = f"{one}/companies{company}"
        return (
            ("GET", r"/companies", own, "search"),
            ("GET", r"/companies/match", own, "match"),
            ("GET", r"/companies/searchcriteria", own, "search_criteria"),
            ("GET", f"/companies/schema{country}", own, "schema"),
            ("GET", f"/companies{company}", own, "report"),
            ("GET", f"/reportcustomdata{country}", own, "custom_data"),
            ("GET", r"/access", own, "access"),
            ("GET", r"/monitoring/user/details", monitoring, "user_details"),
            ("GET", r"/monitoring/portfolios", monitoring, "list_portfolios"),
            ("POST", r"/monitoring/portfolios", monitoring, "create_portfolio"),
            ("GET", one, monitoring, "get_portfolio"),
            ("PATCH", one, monitoring, "update_portfolio"),
            ("DELETE", one, monitoring, "delete_portfolio"),
            ("GET", f"{one}/countries", monitoring, "countries"),
            ("GET", f"{one}/riskSummary", monitoring, "risk_summary"),
            ("GET", f"{one}/companies", monitoring, "list_companies"),
            ("POST", f"{one}/companies", monitoring, "add_company"),
            ("POST", f"{one}/companies/copy", monitoring, "copy_companies"),
            ("POST", f"{one}/companies/remove", monitoring, "move_companies"),
            ("PATCH", f"{one}/companies/clear", monitoring, "clear_companies"),
            ("GET", held, monitoring, "get_company"),
            ("PATCH", held, monitoring, "update_company"),
            ("DELETE", held, monitoring, "remove_company"),
            ("POST", f"{one}/import", monitoring, "import_companies"),
            ("POST", f"{one}/sync", monitoring, "sync_companies"),
            ("GET", f"{one}/sharingPermissions", monitoring, "get_sharing"),
            ("PATCH", f"{one}/sharingPermissions", monitoring, "set_sharing"),
            ("GET", r"/monitoring/eventRules", monitoring, "all_rules"),
            ("GET", f"/monitoring/eventRules{country}", monitoring, "all_rules"),
            ("GET", f"{one}/eventRules", monitoring, "portfolio_rules"),
            ("GET", f"{one}/eventRules{country}", monitoring, "portfolio_rules"),
            ("PUT", f"{one}/eventRules/setDefault", monitoring, "reset_rules"),
            ("PUT", f"{one}/eventRules{country}", monitoring, "set_rules"),
            (
                "GET",
                r"/monitoring/notificationEvents",
                monitoring,
                "notification_events",
            ),
            ("GET", f"{one}/notificationEvents", monitoring, "notification_events"),
            (
                "GET",
                f"{held}/notificationEvents",
                monitoring,
                "company_notification_events",
            ),
            (
                "GET",
                f"/monitoring/companies{company}/events",
                monitoring,
                "company_events",
            ),
        )

    def reset(self):
        with self._lock:
            self.large_reports = False
            self.reports_bought = 0
            self._downloads = {}
            self._last_import = 339522
            self.tokens.reset()
            self.contract.reset()
            self.credit.reset()
            self.portfolios.reset()
            self.monitoring.reset()
            self._first_portfolios()

    def keep(self):
        """Remember the account as it is now, for :meth:`restore`."""
        with self._lock:
            self._kept = copy.deepcopy(self._account())

    def restore(self):
        """The account as it was kept."""
        with self._lock:
            own, *parts = copy.deepcopy(self._kept)
            vars(self).update(own)
            for part, values in zip(self._parts(), parts, strict=True):
                vars(part).update(values)
            self.monitoring.reset()

    def _account(self):
        own = {name: vars(self)[name] for name in _OWN}
        return [own, *map(vars, self._parts())]

    def _parts(self):
        return self.tokens, self.contract, self.credit, self.portfolios

    def _first_portfolios(self):
        """What an account has before it is connected."""
        (owner, (_password, number)), (colleague, _other) = (
            creditsafe_account.USERS.items()
        )
        default = self.portfolios.make("Default", owner, is_default=True)
        shared = self.portfolios.make("Clients Nord", colleague)
        shared.shared[number] = "View, Add"
        for portfolio, sirens in (
            (default, ("482133675", "449820315", "823370416")),
            (shared, ("457183309", "389145079")),
        ):
            for siren in sirens:
                for company in self.companies.all_of(siren)[:1]:
                    self.portfolios.add(portfolio, company)

    # -- what the others use -----------------------------------------------------------

    def today(self):
        return self.portfolios.now().date()

    def standing(self, company):
        return self.credit.of(company, self.today())

    def next_import(self):
        self._last_import += 1
        return self._last_import

    @staticmethod
    def correlation_id():
        return str(uuid.uuid4())

    @staticmethod
    def body(request, kind=dict):
        """The request's JSON, an object or a list."""
        try:
            value = json.loads(request.body)
        except ValueError:
            raise BadRequest("the body must be JSON") from None
        if not isinstance(value, kind):
            raise BadRequest(f"the body must be a JSON {kind.__name__}")
        return value

    def control(self, request, what):
        """A call of the control address, below ``/control/creditsafe``."""
        with self._lock:
            return self._control.handle(request, what)

    # -- requests ----------------------------------------------------------------------

    def handle(self, request):
        with self._lock:
            try:
                return self._answer(request)
            except Refusal as refusal:
                body = refusal.body(self.correlation_id())
                return json_response(body, refusal.status)

    def _answer(self, request):
        if request.path.startswith("/downloads/"):
            return self._download(request)
        path = request.path.removeprefix("/v1")
        if path == request.path:
            raise NotFound("Resource not found")
        if path == "/authenticate":
            return self._authenticate(request)
        user = self.tokens.user(request.headers.get("Authorization"))
        if user is None:
            raise InvalidToken()
        for method, pattern, answer in self._routes:
            found = pattern.fullmatch(path)
            if found and method == request.method:
                parts = map(unquote, found.groups())
                said = answer(request, user, *parts)
                return said if isinstance(said, Response) else json_response(said)
        raise NotFound("Resource not found")

    def _authenticate(self, request):
        if request.method != "POST":
            raise NotFound("Resource not found")
        values = self.body(request)
        name, password = values.get("username"), values.get("password")
        if not isinstance(name, str) or not isinstance(password, str):
            raise BadRequest('"username" and "password" are required')
        status, body = self.tokens.log_in(name, password)
        return json_response(body, status)

    def fault_response(self, status, fault):
        headers = {}
        if fault.seconds is not None:
            headers["Retry-After"] = str(int(fault.seconds))
        body = _FAULT_BODIES.get(status)
        if body is None:
            message = "Bad request" if status < 500 else "Internal server error"
            body = {"correlationId": self.correlation_id(), "message": message}
        return json_response(body, status, headers)

    # -- search ------------------------------------------------------------------------

    def search(self, request, _user):
        countries = [
            code.strip().upper()
            for code in (request.one("countries") or "").split(",")
            if code.strip()
        ]
        if not countries:
            raise BadRequest('"countries" is required')
        if not all(map(self.contract.covers, countries)):
            raise Forbidden()
        asked = {name: request.one(name) for name in _ASKED if request.one(name)}
        if not any(_fits_set(asked, one) for one in _criteria_sets(countries)):
            raise BadRequest("No valid search criteria were provided")
        page = self._whole_number(request, "page", 1, 1, 10**6)
        size = self._whole_number(
            request, "pageSize", _SEARCH_PAGE, 1, _LARGEST_SEARCH_PAGE
        )
        found = self.companies.search(countries, asked, _MOST_FOUND + 1)
        if len(found) > _MOST_FOUND:
            return self._too_many(len(found))
        body = {"correlationId": self.correlation_id(), "totalSize": len(found)}
        rows = found[(page - 1) * size : page * size]
        body["companies"] = [self._row(company) for company in rows]
        body["messages"] = []
        if not found:
            body["messages"] = [
                {
                    "type": "Information",
                    "code": "NoResults",
                    "text": "No companies matching specified search criteria found.",
                }
            ]
        return body

    def _too_many(self, number):
        return {
            "correlationId": self.correlation_id(),
            "totalSize": number,
            "companies": [],
            "messages": [
                {
                    "type": "Information",
                    "code": "TooManyResults",
                    "text": "Too many companies match the search criteria.",
                }
            ],
        }

    @staticmethod
    def _whole_number(request, name, default, least, most):
        text = request.one(name)
        if text is None:
            return default
        if not text.isdigit() or not least <= int(text[:9]) <= most:
            raise BadRequest(f'"{name}" must be from {least} to {most}')
        return int(text)

    def _row(self, company):
        standing = self.standing(company)
        changed = standing.changed_on.isoformat()
        row = {
            "id": company.connect_id,
            "country": company.country,
            "regNo": company.reg_no,
            "vatNo": [company.vat_no] if company.country == "FR" else company.vat_no,
            "safeNo": company.safe_no,
            "name": standing.name or company.name,
            "tradingNames": [company.trade_name] if company.trade_name else None,
            "address": {
                "simpleValue": company.address_line,
                "street": company.street,
                "houseNo": company.house_no,
                "city": (company.city or "").upper() or None,
                "postCode": company.postcode,
            },
            "status": standing.status or company.status,
            "officeType": office_type(company),
            "type": "NonLtd" if company.is_person else "Ltd",
            "phoneNumbers": [company.phone] if company.phone else None,
            "website": company.website,
            "activityCode": company.activity,
            "statusDescription": company.status,
            "dateOfLatestAccounts": (
                f"{standing.years[0]['year']}-12-31T00:00:00.000000Z"
            ),
            "dateOfLatestChange": f"{changed}T01:27:52.000Z",
        }
        return creditsafe_reports.without_nulls(row)

    def match(self, request, _user):
        country = (request.one("country") or "").upper()
        if not country or not request.one("matchThreshold"):
            raise BadRequest('"country" and "matchThreshold" are required')
        if not self.contract.covers(country):
            raise Forbidden()
        asked = {
            name: request.one(name)
            for name in ("regNo", "vatNo", "name", "postCode")
            if request.one(name)
        }
        wanted = set(words.words(request.one("name") or ""))
        city = words.fold(request.one("city") or "")
        matched = []
        for company in self.companies.search([country], asked, 50):
            have = set(words.words(company.name))
            alike = len(wanted & have) / max(len(wanted | have), 1) if wanted else 1
            score = 800 + round(150 * alike)
            if city and city == words.fold(company.city or ""):
                score += 40
            if score >= self._whole_number(request, "matchThreshold", 898, 0, 999):
                row = self._row(company)
                place = row.get("address", {})
                place["postcode"] = place.pop("postCode", None)
                matched.append({"matchScoreConfidence": score, **row})
        matched.sort(key=lambda row: -row["matchScoreConfidence"])
        return {"totalMatches": len(matched), "matchedCompanies": matched}

    def search_criteria(self, request, _user):
        countries = request.one("countries")
        if not countries:
            raise BadRequest('"countries" is required')
        return {
            "correlationId": self.correlation_id(),
            "countries": countries,
            "languages": ["EN", "FR"],
            "criteriaSets": _criteria_sets(countries.upper().split(",")),
        }

    def schema(self, request, _user, country):
        if not self.contract.covers(country.upper()):
            raise Forbidden()
        return {
            "$schema": "http://json-schema.org/draft-04/schema#",
            "title": request.one("section", "CompanyReportResponse"),
            "type": "object",
            "properties": {"report": {"type": "object"}},
        }

    # -- reports -----------------------------------------------------------------------

    def report(self, request, user, identifier):
        company = self.companies.get(identifier)
        if company is None:
            raise NotFound("Company resource not found")
        if not self.contract.may_buy(company.country):
            raise Forbidden()
        if company.country == "DE" and not re.fullmatch(
            r"de_reason_code::[1-8]", request.one("customData") or ""
        ):
            raise BadRequest("Missing or invalid customData: de_reason_code")
        accept = request.headers.get("Accept") or ""
        self.contract.buy(company.country)
        self.reports_bought += 1
        if accept == "application/pdf":
            document = self._pdf(company)
            return self._delivered(request, company, document, "application/pdf")
        body = self._report_body(request, user, company)
        if accept == "application/json+pdf":
            body["pdfReportStream"] = base64.b64encode(self._pdf(company)).decode()
        content = json_response(body).body
        return self._delivered(request, company, content, "application/json")

    def _report_body(self, request, user, company):
        language = request.one("language") or "en"
        now = self.portfolios.now().replace(microsecond=894000)
        return {
            "correlationId": self.correlation_id(),
            "report": creditsafe_reports.make_report(
                company,
                self.standing(company),
                self.today(),
                language,
                self._group(company),
                request.one("includeIndicators") == "true",
            ),
            "companyId": company.connect_id,
            "dateOfOrder": now.isoformat(timespec="milliseconds") + "Z",
            "language": language,
            # Text in real answers, a number in the published description.
            "userId": str(creditsafe_account.USERS[user][1]),
        }

    def _group(self, company):
        """The other companies of a demo group: their names begin with its name."""
        first = company.name.split(" ")[0]
        if company.country != "FR" or first not in ("ORPHEA", "MERIDIS"):
            return None
        members = [
            other
            for other in self.companies.search(["FR"], {"name": first})
            if other.is_seat
        ]
        parents = [other for other in members if "HOLDING" in other.name]
        group = {
            "subsidiaryCompanies": [
                self._member(other)
                for other in members
                if other not in parents and company in parents
            ]
        }
        if parents and company not in parents:
            group["ultimateParent"] = self._member(parents[0])
            group["immediateParent"] = self._member(parents[0])
        return group

    @staticmethod
    def _member(company):
        return {
            "id": company.connect_id,
            "country": company.country,
            "regNo": company.reg_no,
            "safeNo": company.safe_no,
            "name": company.name,
            "status": company.status,
        }

    def _pdf(self, company):
        point = self.standing(company).now
        score = "non noté" if point.score is None else f"{point.score}/100"
        return pdf.make_pdf(
            (
                "Rapport d'entreprise (bac à sable)",
                company.name,
                f"{company.connect_id}    {company.safe_no}",
                company.address_line,
                f"Note internationale : {point.letter}    Score : {score}",
                f"Limite de crédit : {point.limit}",
                f"Date : {self.today().isoformat()}",
            )
        )

    def _delivered(self, request, company, content, content_type):
        if not self.large_reports and company.unit not in _LARGE_REPORTS:
            return Response(body=content, content_type=content_type)
        key = uuid.uuid4().hex
        self._downloads[key] = (content, content_type)
        host = request.headers.get("Host") or "127.0.0.1"
        name, _colon, port = host.partition(":")
        # Another name of this machine: another host, as clients see it.
        other = "localhost" if name == "127.0.0.1" else "127.0.0.1"
        address = f"http://{other}:{port or 80}/creditsafe/downloads/{key}"
        return Response(302, headers={"Location": f"{address}?X-Amz-Expires=300"})

    def _download(self, request):
        """A pre-signed address: it wants no other authorisation, and refuses one."""
        if request.headers.get("Authorization"):
            return Response(
                400,
                b"<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism "
                b"allowed</Message></Error>",
                "application/xml",
            )
        found = self._downloads.get(request.path.rpartition("/")[2])
        if found is None:
            return Response(403, b"<Error/>", "application/xml")
        return Response(body=found[0], content_type=found[1])

    def custom_data(self, _request, _user, country):
        options = []
        if country.upper() == "DE":
            options = [
                {
                    "key": "de_reason_code",
                    "optional": False,
                    "allowedValues": [str(code) for code in range(1, 9)],
                    "description": list(_REASONS),
                }
            ]
        return {
            "correlationId": self.correlation_id(),
            "customData": options,
            "country": country.upper(),
        }

    def access(self, _request, _user):
        self.contract.monitoring["used"] = self.portfolios.monitored
        return {
            "correlationId": self.correlation_id(),
            "countryAccess": self.contract.access(self.today()),
        }
