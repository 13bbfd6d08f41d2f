"""Users, tokens and contract of the Creditsafe stand-in."""

import base64
import datetime
import hashlib
import json
import time

#: user name → (password, number); the second one shares a portfolio with the first.
USERS = {
    "sandbox@example.com": ("sandbox-password", 101445010),
    "collegue@example.com": ("sandbox-password", 101445011),
}
CUSTOMER = 101662701
LIFETIME = 3600
#: So many identical wrong log-ins are answered with 401, the next ones with 429.
_WRONG_LOG_INS = 5
_WRONG_LOG_IN_SECONDS = 120
_COUNTRIES = {
    "FR": "France",
    "BE": "Belgium",
    "DE": "Germany",
    "GB": "United Kingdom",
    "LU": "Luxembourg",
}
#: Exist in the stand-in, but are not in its contract at the start.
OTHER_COUNTRIES = {"IT": "Italy"}


class Tokens:
    """Log-in tokens: JWTs in their looks, known by heart in fact."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.lifetime = LIFETIME
        self.log_ins = 0
        self._ends = {}
        self._users = {}
        self._wrong = {}
        self._last_number = 0

    def log_in(self, name, password):
        """Status and body of a log-in."""
        known = USERS.get(name)
        if known and known[0] == password:
            self.log_ins += 1
            return 200, {"token": self._issue(name)}
        attempt = hashlib.sha256(f"{name}\0{password}".encode()).hexdigest()
        now = time.monotonic()
        times = self._wrong.setdefault(attempt, [])
        times[:] = [moment for moment in times if now - moment < _WRONG_LOG_IN_SECONDS]
        times.append(now)
        if len(times) > _WRONG_LOG_INS:
            return 429, {"message": "Too many requests"}
        return 401, {
            "message": "Access denied - Please check that your username and password "
            "are correct. Please be aware that usernames and passwords are case "
            "sensitive. If the problem persists, please contact your Creditsafe "
            "account manager."
        }

    def user(self, header):
        """The user of an ``Authorization`` header (``Bearer`` or bare), or None."""
        token = (header or "").strip()
        if token.lower().startswith("bearer "):
            token = token[7:].strip()
        if self._ends.get(token, 0) <= time.time():
            return None
        return self._users[token]

    def expire(self):
        """End all tokens; number of those that were alive."""
        now = time.time()
        alive = sum(end > now for end in self._ends.values())
        self._ends.clear()
        self._users.clear()
        return alive

    def _issue(self, name):
        now = time.time()
        self._last_number += 1
        claims = {
            "nbf": int(now),
            "exp": int(now) + int(self.lifetime),
            "jti": self._last_number,
        }
        parts = (
            _base64(b'{"alg":"HS256","typ":"JWT"}'),
            _base64(json.dumps(claims).encode()),
            _base64(hashlib.sha256(f"{name}{claims}".encode()).digest()),
        )
        token = ".".join(parts)
        self._ends[token] = now + self.lifetime
        self._users[token] = name
        return token


def _base64(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Contract:
    """What may be asked for, and the counters that go with it."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.reports = {
            code: {"countryName": name, "paid": 500, "used": 0}
            for code, name in _COUNTRIES.items()
        }
        self.monitoring = {"paid": 20000, "used": 0}

    def covers(self, country):
        return country in self.reports

    def may_buy(self, country):
        counter = self.reports.get(country)
        return counter is not None and counter["used"] < counter["paid"]

    def buy(self, country):
        self.reports[country]["used"] += 1

    def set_countries(self, codes):
        """Cover these countries and no others; counters of kept ones stay."""
        names = {**_COUNTRIES, **OTHER_COUNTRIES}
        self.reports = {
            code: self.reports.get(code)
            or {"countryName": names.get(code, code), "paid": 500, "used": 0}
            for code in codes
        }

    def access(self, today):
        """The body's ``countryAccess``."""
        start = today.replace(month=1, day=1).isoformat()
        end = today.replace(month=12, day=31).isoformat()
        period = {
            "startDate": f"{start}T00:00:00Z",
            "expireDate": f"{end}T00:00:00Z",
        }
        return {
            "creditsafeConnectOnlineReports": [
                {
                    "countryName": counter["countryName"],
                    "templateName": "full",
                    "countryIso2": code,
                    **period,
                    "paid": counter["paid"],
                    "used": counter["used"],
                }
                for code, counter in self.reports.items()
            ],
            "creditsafeConnectOfflineReports": [],
            "creditsafeConnectMonitoring": [
                {"name": "Global Monitoring", **period, **self.monitoring}
            ],
            "creditsafeConnectDirectorReports": [],
            "creditsafeConnectImageDocuments": [],
            "creditsafeConnectBankValidation": [],
            "creditsafeConnectBankVerification": [],
        }


def utc_now():
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
