"""``/control/creditsafe/…``: makes things happen at Creditsafe's stand-in."""

import datetime
import random

from .creditsafe_credit import JUDGMENTS, Point, add_judgment
from .service_control import ServiceControl

HELP = {
    "GET /control/creditsafe": "state: contract, tokens, portfolios, events",
    "POST /control/creditsafe/events": [
        {"count": 10, "days": 1, "portfolio_id": 589960},
        {
            "events": [
                {
                    "company": "a SIREN, connectId or Safe Number",
                    "score": 12,
                    "limit": 0,
                    "judgment": "RJ, LJ, PCR, CI, SVG",
                    "privileges": 2,
                    "status": "NonActive",
                    "name": "…",
                    "address": "…",
                    "director": "…",
                    "capital": 20000,
                    "financials": True,
                    "days_ago": 0,
                    "in_days": 0,
                }
            ]
        },
        {"model_change": 0.4, "portfolio_id": 589960},
    ],
    "POST /control/creditsafe/change": {"company": "…", "score": 55, "limit": 9000},
    "POST /control/creditsafe/advance": {"days": 1},
    "POST /control/creditsafe/tokens": {"lifetime": 5, "expire": True},
    "POST /control/creditsafe/contract": {
        "countries": ["FR", "BE"],
        "reports": {"FR": {"paid": 10, "used": 9}},
        "monitoring": {"paid": 100},
    },
    "POST /control/creditsafe/monitor": {"portfolio_id": 589960, "count": 1000},
    "POST /control/creditsafe/large_reports": {"on": True},
    "POST /control/creditsafe/keep": "remember the account as it is now",
    "POST /control/creditsafe/restore": "the account as it was kept",
}
#: Judgments after which a company is failing.
_ENDS = ("RJ", "LJ", "CI")
#: Random events: kind and weight.
_KINDS = (("limit", 45), ("score", 40), ("financials", 8), ("privileges", 3))


class CreditsafeControl(ServiceControl):
    help = HELP

    def _get_state(self, _request):
        service = self._service
        return {
            "now": service.portfolios.now().isoformat(),
            "log_ins": service.tokens.log_ins,
            "reports_bought": service.reports_bought,
            "monitored": service.portfolios.monitored,
            "events": sum(map(len, service.portfolios.events.values())),
            "notifications": len(service.portfolios.notifications),
            "contract": {
                "reports": service.contract.reports,
                "monitoring": service.contract.monitoring,
            },
            "portfolios": [
                {
                    "id": portfolio.id,
                    "name": portfolio.name,
                    "owner": portfolio.owner,
                    "companies": len(portfolio.companies),
                }
                for portfolio in service.portfolios.portfolios.values()
            ],
        }

    # -- settings ----------------------------------------------------------------------

    def _post_tokens(self, request):
        values = request.json()
        if "lifetime" in values:
            self._service.tokens.lifetime = float(values["lifetime"])
        ended = self._service.tokens.expire() if values.get("expire") else 0
        return {"lifetime": self._service.tokens.lifetime, "ended": ended}

    def _post_contract(self, request):
        values = request.json()
        contract = self._service.contract
        if "countries" in values:
            contract.set_countries([str(code) for code in values["countries"]])
        for code, counter in values.get("reports", {}).items():
            contract.reports[code].update(_counts(counter))
        contract.monitoring.update(_counts(values.get("monitoring", {})))
        return self._get_state(request)["contract"]

    def _post_advance(self, request):
        moved = datetime.timedelta(days=float(request.json().get("days", 1)))
        self._service.portfolios.moved_on += moved
        self._service.portfolios.arrive()
        return {"now": self._service.portfolios.now().isoformat()}

    def _post_large_reports(self, request):
        self._service.large_reports = bool(request.json()["on"])
        return {"on": self._service.large_reports}

    def _post_keep(self, request):
        self._service.keep()
        return self._get_state(request)

    def _post_restore(self, request):
        self._service.restore()
        return self._get_state(request)

    def _post_monitor(self, request):
        """Fill a portfolio with the register's first open seats."""
        values = request.json()
        portfolio = self._portfolio(values)
        companies = self._service.companies.some(int(values["count"]))
        for company in companies:
            # Made now, so that reading them is as quick as it will be later.
            self._service.standing(company)
        added = [self._service.portfolios.add(portfolio, one) for one in companies]
        return {"portfolio_id": portfolio.id, "added": sum(added)}

    def _portfolio(self, values):
        portfolios = self._service.portfolios.portfolios
        number = values.get("portfolio_id")
        if number is None:
            return next(iter(portfolios.values()))
        return portfolios[int(number)]

    # -- events ------------------------------------------------------------------------

    def _post_change(self, request):
        """Change a company without an event."""
        values = request.json()
        company = self._company(values.pop("company"))
        self._apply(company, values, self._service.today())
        return self._shown(company)

    def _post_events(self, request):
        values = request.json()
        if "events" in values:
            made = [row for one in values["events"] for row in self._make(dict(one))]
        elif "model_change" in values:
            made = self._change_model(values)
        else:
            made = self._make_some(values)
        return {
            "count": len(made),
            "notification_event_ids": [row["notificationEventId"] for row in made],
        }

    def _make(self, values):
        company = self._company(values.pop("company"))
        now = self._service.portfolios.now()
        created = now + datetime.timedelta(days=float(values.pop("in_days", 0)))
        created -= datetime.timedelta(days=float(values.pop("days_ago", 0)))
        created = created.replace(microsecond=0)
        happened = created.replace(hour=5, minute=33, second=2)
        happened = min(happened, created)
        changes = self._apply(company, values, created.date())
        return [
            row
            for code, old, new in changes
            for row in self._service.portfolios.record(
                company, code, old, new, happened, created
            )
        ]

    def _apply(self, company, values, day):
        """Change a company; (rule, old value, new value) of what has changed."""
        standing = self._service.standing(company)
        before = standing.now
        changes = []
        if values.get("judgment") in _ENDS:
            # The bureau rates a failing company 0, unless it is told otherwise.
            values = {"score": 0, "limit": 0, **values}
        elif values.get("status") == "NonActive":
            standing.case = "closed"
            standing.set_point(day, score=None, limit=None)
        if "score" in values or "limit" in values:
            standing.set_point(
                day,
                **{key: values[key] for key in ("score", "limit") if key in values},
            )
            if values.get("score", before.score) != before.score:
                changes.append((101, _text(before.score), _text(values["score"])))
            if values.get("limit", before.limit) != before.limit:
                changes.append((102, _text(before.limit), _text(values["limit"])))
        changes += self._apply_words(company, standing, values)
        if "judgment" in values:
            add_judgment(standing, values["judgment"], day)
            if values["judgment"] in _ENDS:
                standing.case = "receivership"
            label = JUDGMENTS[values["judgment"]][0]
            changes.append((1901, None, label))
        if "privileges" in values:
            old = standing.privileges
            standing.social_privileges = int(values["privileges"])
            standing.tax_privileges = 0
            changes.append((1902, str(old), str(standing.privileges)))
        return changes

    @staticmethod
    def _apply_words(company, standing, values):
        changes = []
        for key, code, old in (
            ("name", 104, standing.name or company.name),
            ("address", 105, standing.address or company.address_line),
            ("director", 107, standing.director),
            ("status", 302, standing.status or company.status),
            ("capital", 802, str(standing.capital)),
        ):
            if key in values:
                setattr(standing, key, values[key])
                changes.append((code, old, str(values[key])))
        if values.get("financials"):
            changes.append((704, None, str(standing.years[0]["year"])))
        return changes

    def _make_some(self, values):
        """Random events of monitored companies, spread over the days before now."""
        portfolio = self._portfolio(values)
        state = self._service.portfolios
        numbers = list(portfolio.companies)
        rng = random.Random(f"events:{state.version}")
        companies = self._service.companies.get_many(
            [portfolio.companies[number]["connectId"] for number in numbers]
        )
        companies = list(companies.values())
        names = [kind for kind, _weight in _KINDS]
        weights = [weight for _kind, weight in _KINDS]
        days = float(values.get("days", 1))
        made = []
        ages = sorted((rng.random() for _ in range(int(values["count"]))), reverse=True)
        for age in ages:
            company = rng.choice(companies)
            kind = rng.choices(names, weights)[0]
            point = self._service.standing(company).now
            change = {
                "limit": {"limit": _other(point.limit or 0, rng, 500)},
                "score": {"score": min(_other(point.score or 40, rng, 1), 100)},
                "financials": {"financials": True},
                "privileges": {"privileges": rng.randint(1, 4)},
            }[kind]
            made += self._make(
                {"company": company.connect_id, "days_ago": age * days, **change}
            )
        return made

    def _change_model(self, values):
        """All scores of a part of a portfolio shift on one day."""
        portfolio = self._portfolio(values)
        rng = random.Random(f"model:{self._service.portfolios.version}")
        made = []
        for held in list(portfolio.companies.values()):
            if rng.random() < float(values["model_change"]):
                company = self._company(held["connectId"])
                score = self._service.standing(company).now.score
                if score:
                    shifted = min(max(score + rng.choice((-9, -6, 7)), 1), 100)
                    made += self._make({"company": held["connectId"], "score": shifted})
        return made

    def _company(self, identifier):
        text = str(identifier)
        if text.isdigit() and len(text) == 9:
            found = self._service.companies.all_of(text)
            company = found[0] if found else None
        elif text.isdigit() and len(text) == 14:
            company = self._service.companies.get(f"FR-X-{text}")
        else:
            company = self._service.companies.get(text)
        if company is None:
            raise ValueError(f"unknown company: {identifier!r}")
        return company

    def _shown(self, company):
        point: Point = self._service.standing(company).now
        return {
            "id": company.connect_id,
            "safeNo": company.safe_no,
            "rating": point.letter,
            "score": point.score,
            "limit": point.limit,
        }


def _other(value, rng, step):
    """Another number near a value, never below one step."""
    changed = max(round(value * rng.uniform(0.5, 1.45) / step) * step, step)
    return changed if changed != value else value + step


def _text(value):
    return None if value is None else str(value)


def _counts(values):
    return {key: int(values[key]) for key in ("paid", "used") if key in values}
