"""D&B Direct+, stood in for: ``/dnb/v3/token``, ``/dnb/v1/…``.

Token, match, data blocks; monitoring is in a file of its own. What is not public is
made in the style of the rest: see the README.
"""

import base64
import binascii
import datetime
import re
import secrets
import threading
import time

from . import dnb_blocks, words
from .creditsafe_account import utc_now
from .creditsafe_companies import Companies
from .creditsafe_credit import Credit
from .dnb_control import DnbControl
from .dnb_credit import make_opinion
from .dnb_monitoring import Monitoring, Queues, UnknownRegistration
from .http_messages import json_response

KEY, SECRET = "sandbox-key", "sandbox-secret"
LIFETIME = 86400
COUNTRIES = ("FR", "BE", "DE", "GB", "LU")
_FIRST_DUNS = 260_000_000
_FIRST_FOREIGN_DUNS = 990_000_001
_MOST_CANDIDATES = 25
_LEVELS = re.compile(r"([a-z]+)_L[1-4]_v[1-9]")
_FAULT_BODIES = {
    400: ("10001", "The given parameter is invalid."),
    401: ("00041", "You are not currently authorised: the token is not valid."),
    403: ("00050", "Your user is not entitled to this product."),
    404: ("10101", "Subject is not found."),
    429: ("00047", "Your user has exceeded the rate limit."),
}


class Dnb:
    """The service. One lock: requests are short, and what they change is shared."""

    name = "dnb"

    def __init__(self, sandbox):
        self._lock = threading.RLock()
        self._seed = sandbox.store.seed
        self.companies = Companies(sandbox.store)
        self._credit = Credit(self._seed)
        self.queues = Queues()
        self.monitoring = Monitoring(self)
        self._control = DnbControl(self)
        self._foreign = {
            f"{_FIRST_FOREIGN_DUNS + place:09d}": company
            for place, company in enumerate(self.companies.foreign)
        }
        registration = r"/v1/monitoring/registrations/([^/]+)"
        own, monitoring = self, self.monitoring
        self._routes = [
            (method, re.compile(pattern), answer)
            for method, pattern, answer in (
                ("GET", r"/v1/match/cleanseMatch", own.match),
                ("GET", r"/v1/data/duns/([^/]+)", own.data),
                (
                    "POST DELETE",
                    rf"{registration}/subjects/([0-9]{{9}})",
                    monitoring.subject,
                ),
                ("POST DELETE", rf"{registration}/duns", monitoring.subjects),
                ("PATCH", rf"{registration}/duns/(add|remove)", monitoring.file),
                ("GET", rf"{registration}/notifications", monitoring.notifications),
                ("GET", rf"{registration}/notifications/replay", monitoring.replay),
            )
        ]

    def reset(self):
        with self._lock:
            self.log_ins = 0
            self.data_calls = 0
            self.lifetime = LIFETIME
            self.countries = list(COUNTRIES)
            self.blocks = list(dnb_blocks.BLOCKS)
            self.failing_blocks = {}
            self._tokens = {}
            self._opinions = {}
            self._credit.reset()
            self.queues.reset()

    # -- what the others use -----------------------------------------------------------

    def today(self):
        return self.queues.now().date()

    def company(self, duns):
        """The company of a D-U-N-S number, or None."""
        if duns in self._foreign:
            return self._foreign[duns]
        if not re.fullmatch(r"[0-9]{9}", duns):
            return None
        row = int(duns) - _FIRST_DUNS
        return self.companies.get(f"FR{30_000_000 + row:08d}") if row > 0 else None

    def duns(self, company):
        """The D-U-N-S number of a company: one an establishment."""
        if company.country == "FR":
            return f"{_FIRST_DUNS + int(company.safe_no[2:]) - 30_000_000:09d}"
        return next(duns for duns, other in self._foreign.items() if other is company)

    def opinion(self, company):
        opinion = self._opinions.get(company.unit)
        if opinion is None:
            today = utc_now().date()
            standing = self._credit.of(company, today)
            opinion = make_opinion(self._seed, company, standing, today)
            self._opinions[company.unit] = opinion
        return opinion

    def seed(self, duns, company):
        """What a SEED notification tells besides the number."""
        return dnb_blocks.blocks_of(
            ["companyinfo", "financialstrengthinsight"],
            duns,
            company,
            self.opinion(company),
        )

    def expire(self):
        """End all tokens; number of those that were alive."""
        alive = sum(end > time.time() for end in self._tokens.values())
        self._tokens.clear()
        return alive

    def transaction(self):
        moment = self.queues.now().isoformat(timespec="milliseconds") + "Z"
        return {
            "transactionID": f"rrt-{secrets.token_hex(8)}",
            "transactionTimestamp": moment,
            "inLanguage": "en-US",
        }

    def error(self, code, message, details=()):
        return {
            "transactionDetail": self.transaction(),
            "error": {
                "errorMessage": message,
                "errorCode": code,
                "errorDetails": list(details),
            },
        }

    def control(self, request, what):
        """A call of the control address, below ``/control/dnb``."""
        with self._lock:
            return self._control.handle(request, what)

    # -- requests ----------------------------------------------------------------------

    def handle(self, request):
        with self._lock:
            status, body = self._answer(request)
            return json_response(body, status)

    def fault_response(self, status, fault):
        headers = {}
        if fault.seconds is not None:
            headers["Retry-After"] = str(int(fault.seconds))
        code, message = _FAULT_BODIES.get(status, ("00007", "Internal error."))
        return json_response(self.error(code, message), status, headers)

    def _answer(self, request):
        if re.fullmatch(r"/v[23]/token", request.path):
            return self._token(request)
        token = (request.headers.get("Authorization") or "").removeprefix("Bearer ")
        if self._tokens.get(token, 0) <= time.time():
            return self._refused(401)
        for methods, pattern, answer in self._routes:
            found = pattern.fullmatch(request.path)
            if found and request.method in methods.split():
                try:
                    return answer(request, *found.groups())
                except UnknownRegistration:
                    return 404, self.error("21008", "Registration is not found.")
                except ValueError:
                    return 400, self.error("10001", "The body is not JSON.")
        return 404, {"fault": {"faultstring": "Unable to identify proxy"}}

    def _refused(self, status):
        return status, self.error(*_FAULT_BODIES[status])

    def _token(self, request):
        if request.method != "POST":
            return self._refused(404)
        scheme, _space, pair = (request.headers.get("Authorization") or "").partition(
            " "
        )
        try:
            given = base64.b64decode(pair, validate=True).decode()
            grant = request.json().get("grant_type")
        except (binascii.Error, ValueError):
            return self._refused(401)
        if scheme != "Basic" or given != f"{KEY}:{SECRET}":
            return 401, self.error("00040", "The key or the secret is not valid.")
        if grant != "client_credentials":
            return 400, self.error("10001", "grant_type must be client_credentials.")
        token = secrets.token_urlsafe(48)
        self.log_ins += 1
        self._tokens[token] = time.time() + self.lifetime
        if request.path.startswith("/v2"):
            return 200, {"access_token": token, "expiresIn": int(self.lifetime)}
        ends = utc_now() + datetime.timedelta(seconds=self.lifetime)
        return 200, {
            "access_token": token,
            "tokenType": "Bearer",
            "expirationDateTime": ends.isoformat(timespec="seconds") + "Z",
        }

    # -- match -------------------------------------------------------------------------

    def match(self, request):
        country = (request.one("countryISOAlpha2Code") or "").upper()
        asked = {
            key: request.one(name)
            for key, name in (
                ("regNo", "registrationNumber"),
                ("name", "name"),
                ("postCode", "postalCode"),
            )
            if request.one(name)
        }
        duns = request.one("duns")
        if not duns and (not country or not set(asked) & {"regNo", "name"}):
            return 400, self.error(
                "10003", "Country and a number or a name are required."
            )
        if duns:
            companies = [found for found in [self.company(duns)] if found]
        else:
            # What does not fit well is a candidate still, with less confidence.
            postcode = asked.pop("postCode", None)
            companies = self.companies.search([country], asked, 50)
            companies.sort(key=lambda one: (one.postcode != postcode, not one.is_seat))
        rows = self._rows(request, companies, by_number=bool(duns or "regNo" in asked))
        if not rows:
            return 404, self.error("20505", "No match found for the request.")
        return 200, {
            "transactionDetail": self.transaction(),
            "inquiryDetail": {"countryISOAlpha2Code": country},
            "candidatesMatchedQuantity": len(rows),
            "matchDataCriteria": "Registration Number Lookup" if asked else "Name",
            "matchCandidates": rows,
            "cleanseAndStandardizeInformation": {},
        }

    def _rows(self, request, companies, by_number):
        least = int(request.one("confidenceLowerLevelThresholdValue", "1"))
        most = int(request.one("candidateMaximumQuantity", "10"))
        found = [
            (self._confidence(request, company, by_number), company)
            for company in companies
        ]
        found = [row for row in found if row[0] >= least]
        found.sort(key=lambda row: -row[0])
        return [
            dnb_blocks.candidate(
                self.duns(company), company, self.opinion(company), confidence, place
            )
            for place, (confidence, company) in enumerate(
                found[: min(max(most, 1), _MOST_CANDIDATES)], 1
            )
        ]

    @staticmethod
    def _confidence(request, company, by_number):
        if by_number:
            return 10 if company.is_seat else 8
        wanted = set(words.words(request.one("name") or ""))
        have = set(words.words(company.name))
        alike = len(wanted & have) / max(len(wanted | have), 1)
        points = 4 + round(3 * alike)
        if request.one("postalCode") and request.one("postalCode") == company.postcode:
            points += 2
        city = request.one("addressLocality")
        if city and words.fold(city) == words.fold(company.city or ""):
            points += 1
        return min(points, 10)

    # -- data --------------------------------------------------------------------------

    def data(self, request, duns):
        asked = [one for one in (request.one("blockIDs") or "").split(",") if one]
        names = [_LEVELS.fullmatch(one) for one in asked]
        if not asked or not all(names):
            return 400, self.error(
                "10001",
                "The given parameter is invalid.",
                [{"parameter": "blockIDs", "description": "unknown block"}],
            )
        company = self.company(duns)
        if company is None:
            return self._refused(404)
        if company.country not in self.countries:
            return self._refused(403)
        if company.country == "DE" and not (
            request.one("orderReason")
            and request.one("customerReference")
            and request.one("tradeUp")
        ):
            return 400, self.error("10002", "orderReason is required for this country.")
        wanted = [found[1] for found in names]
        if not set(wanted) & set(self.blocks):
            return self._refused(403)
        self.data_calls += 1
        states = [
            self._block_state(block, name)
            for block, name in zip(asked, wanted, strict=True)
        ]
        good = [
            name
            for name, state in zip(wanted, states, strict=True)
            if state["status"] == "ok"
        ]
        return 200, {
            "transactionDetail": self.transaction(),
            "inquiryDetail": {"duns": duns, "blockIDs": asked},
            "organization": dnb_blocks.blocks_of(
                good, duns, company, self.opinion(company)
            ),
            "blockStatus": states,
        }

    def _block_state(self, block, name):
        if name not in self.blocks:
            return {"blockID": block, "status": "fail", "reason": "Not entitled."}
        if name in self.failing_blocks:
            reason = self.failing_blocks[name]
            return {"blockID": block, "status": "fail", "reason": reason}
        return {"blockID": block, "status": "ok", "reason": None}
