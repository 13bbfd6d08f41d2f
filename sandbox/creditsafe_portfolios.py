"""Portfolios, event rules and events of Creditsafe's stand-in: what is kept of them.

Events arise for rules that are active in a portfolio; the rules' parameters are kept
but not looked at. Rules marked † are invented: no French list is public.
"""

import datetime
from bisect import insort
from dataclasses import dataclass, field

from .creditsafe_account import USERS, utc_now

#: (code, country, type, type name, name, number of parameters)
RULES = (
    (
        101,
        "XX",
        4,
        "Rating band change - 3 input",
        "International Rating  |Reduce by {0} Band(s) OR Less than Band {1}",
        3,
    ),
    (
        102,
        "XX",
        5,
        "Limit change - 3 input",
        "Limit  |Any change {0} OR Reduce by {1}% OR Less than {2}",
        3,
    ),
    (104, "XX", 1, "No input", "Company Name", 0),
    (105, "XX", 1, "No input", "Address", 0),
    (107, "XX", 1, "No input", "Director(s)", 0),
    (302, "FR", 1, "No input", "Company Status", 0),
    (601, "FR", 1, "No input", "All - Credit Limit", 0),
    (704, "FR", 1, "No input", "Financials", 0),
    (802, "FR", 1, "No input", "Share Capital", 0),
    (1901, "FR", 1, "No input", "Collective Procedures", 0),  # †
    (1902, "FR", 1, "No input", "Preferential Rights", 0),  # †
    (1801, "GB", 2, "Percentage - 1 input", "Credit Limit | Change of {0}%", 1),
    (1802, "GB", 2, "Number - 1 input", "Score | Change of {0}", 1),
)
RULE_NAMES = {
    101: "International Rating",
    102: "Limit",
    **{code: name for code, _country, _type, _words, name, count in RULES if not count},
    1801: "Credit Limit",
    1802: "Score",
}
_FIRST_PORTFOLIO = 589960
_FIRST_EVENT = 512_812_323
_FIRST_NOTIFICATION = 81_051_991


@dataclass
class Portfolio:
    """``companies`` maps Safe Numbers to rows, ``rules`` (country, code) to params."""

    id: int
    name: str
    owner: str
    is_default: bool = False
    emails: list = field(default_factory=list)
    email_subject: str = ""
    email_language: str = "fr"
    frequency: str = ""
    companies: dict = field(default_factory=dict)
    rules: dict = field(default_factory=dict)
    shared: dict = field(default_factory=dict)

    def may_see(self, user):
        return user == self.owner or USERS[user][1] in self.shared

    def may(self, user, what):
        """Whether a user may ``Add``, ``Edit`` or ``Remove`` in it."""
        return user == self.owner or what in self.shared.get(USERS[user][1], "")


class Portfolios:
    """All portfolios with their events, and a clock that can be moved on."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.moved_on = datetime.timedelta()
        self.portfolios = {}
        self.notifications = []
        self.events = {}
        #: Goes up with each change of the notifications.
        self.version = 0
        self._waiting = []
        self._last_portfolio = _FIRST_PORTFOLIO - 1
        self._last_event = _FIRST_EVENT - 1
        self._last_notification = _FIRST_NOTIFICATION - 1
        self._holders = {}

    def now(self):
        return (utc_now() + self.moved_on).replace(microsecond=0)

    # -- portfolios ------------------------------------------------------------------

    def make(self, name, owner, **values):
        self._last_portfolio += 1
        portfolio = Portfolio(self._last_portfolio, name, owner, **values)
        self.portfolios[portfolio.id] = portfolio
        return portfolio

    def delete(self, portfolio):
        for safe_no in list(portfolio.companies):
            self.remove(portfolio, safe_no)
        del self.portfolios[portfolio.id]
        self.notifications = [
            row
            for row in self.notifications
            if row["company"]["portfolioId"] != portfolio.id
        ]
        self.version += 1

    def add(self, portfolio, company, **remarks):
        """Monitor a company; False when it was monitored already."""
        if company.safe_no in portfolio.companies:
            return False
        portfolio.companies[company.safe_no] = {
            "connectId": company.connect_id,
            "dateLastEvent": None,
            "dateAdded": self.now(),
            "dateModified": self.now(),
            "personalReference": remarks.get("personalReference") or "",
            "freeText": remarks.get("freeText") or "",
            "personalLimit": remarks.get("personalLimit") or "",
        }
        self._holders.setdefault(company.safe_no, set()).add(portfolio.id)
        return True

    def remove(self, portfolio, safe_no):
        self._holders.get(safe_no, set()).discard(portfolio.id)
        return portfolio.companies.pop(safe_no, None) is not None

    @property
    def monitored(self):
        """How many different companies are monitored."""
        return sum(bool(holders) for holders in self._holders.values())

    # -- rules -------------------------------------------------------------------------

    @staticmethod
    def rules(portfolio=None, country=None):
        """Rules as the service writes them."""
        rows = []
        for code, of, kind, kind_name, name, inputs in RULES:
            if country and of != country.upper():
                continue
            kept = portfolio.rules.get((of, code), {}) if portfolio else {}
            row = {
                "isActive": kept.get("isActive", 0),
                "ruleCode": code,
                "ruleCountryCode": of,
                "ruleType": kind,
                "ruleTypeName": kind_name,
                "name": name,
            }
            for number in range(inputs):
                row[f"param{number}"] = kept.get(f"param{number}", "")
            rows.append(row)
        return rows

    # -- events ------------------------------------------------------------------------

    def record(self, company, code, old, new, happened, created):
        """An event of a company; the notifications that it makes in portfolios."""
        self._last_event += 1
        country = next(row[1] for row in RULES if row[0] == code)
        event = {
            "eventId": self._last_event,
            "companyId": company.safe_no,
            "ruleName": RULE_NAMES[code],
            "localEventCode": f"L{code}",
            "globalEventCode": f"G{code}",
            "newValue": new,
            "oldValue": old,
            "eventDate": happened,
            "createdDate": created,
        }
        self.events.setdefault(company.safe_no, []).append(event)
        made = []
        for number in sorted(self._holders.get(company.safe_no, ())):
            portfolio = self.portfolios[number]
            if not portfolio.rules.get((country, code), {}).get("isActive"):
                continue
            row = self._notification(company, portfolio, event, code)
            made.append(row)
            if created > self.now():
                insort(self._waiting, row, key=lambda row: row["createdDate"])
            else:
                self._deliver(row)
        return made

    def _notification(self, company, portfolio, event, code):
        self._last_notification += 1
        return {
            "company": {
                "id": company.connect_id,
                "safeNumber": company.safe_no,
                "name": company.name,
                "countryCode": company.country,
                "portfolioId": portfolio.id,
                "portfolioName": portfolio.name,
            },
            "eventId": event["eventId"],
            "eventDate": event["eventDate"],
            "newValue": event["newValue"],
            "oldValue": event["oldValue"],
            "createdDate": event["createdDate"],
            "notificationEventId": self._last_notification,
            "notificationId": None,
            "processedDate": None,
            "ruleCode": code,
            "ruleName": event["ruleName"],
            "summary": None,
            "ruleText": None,
            "localEventCode": event["localEventCode"],
            "isProcessed": False,
        }

    def _deliver(self, row):
        self.notifications.append(row)
        portfolio = self.portfolios.get(row["company"]["portfolioId"])
        held = portfolio.companies.get(row["company"]["safeNumber"]) if portfolio else 0
        if held:
            held["dateLastEvent"] = row["eventDate"]
        self.version += 1

    def arrive(self):
        """Deliver what has waited for its day."""
        now = self.now()
        while self._waiting and self._waiting[0]["createdDate"] <= now:
            row = self._waiting.pop(0)
            if row["company"]["portfolioId"] in self.portfolios:
                self._deliver(row)
