"""``/control/dnb/…``: makes things happen at D&B's stand-in."""

import datetime
import random

from . import dnb_blocks
from .dnb_monitoring import Registration
from .service_control import ServiceControl

HELP = {
    "GET /control/dnb": "state: log-ins, paid calls, registrations, queues",
    "POST /control/dnb/events": [
        {
            "events": [
                {
                    "company": "a SIREN, SIRET or D-U-N-S number",
                    "percentile": 12,
                    "limit": 0,
                    "days": 45,
                    "filing": "bankruptcy, liquidation, suspension",
                    "liens": 2,
                    "lien_amount": 18000,
                    "status": "out or active",
                    "name": "…",
                    "street": "…",
                    "type": "UPDATE, DELETE, EXIT, TRANSFER, UNDELETE, REVIEWED, …",
                    "days_ago": 0,
                }
            ]
        },
        {"count": 10, "days": 1, "reference": "SANDBOX-FR"},
    ],
    "POST /control/dnb/change": {"company": "…", "percentile": 55, "limit": 9000},
    "POST /control/dnb/advance": {"days": 1},
    "POST /control/dnb/tokens": {"lifetime": 5, "expire": True},
    "POST /control/dnb/contract": {
        "countries": ["FR"],
        "blocks": ["companyinfo"],
        "failing_blocks": {"paymentinsight": "Temporarily unavailable."},
    },
    "POST /control/dnb/registrations": {"reference": "…", "seeds": True},
    "POST /control/dnb/monitor": {"reference": "SANDBOX-FR", "count": 1000},
}
#: What changes at an event → where it stands in the answers.
_ELEMENTS = {
    "percentile": (
        "dnbAssessment.failureScore.nationalPercentile",
        "dnbAssessment.failureScore.classScore",
        "dnbAssessment.standardRating.rating",
    ),
    "limit": ("dnbAssessment.creditLimitRecommendation.maximumRecommendedLimit",),
    "days": (
        "businessTrading.summary.paydexScore",
        "businessTrading.summary.paymentBehaviorDays",
    ),
    "filing": ("legalEvents",),
    "liens": ("legalEvents.hasOpenLiens",),
    "status": ("dunsControlStatus.operatingStatus.description",),
    "name": ("primaryName",),
    "street": ("primaryAddress.streetAddress.line1",),
}
#: The parts of ``legalEvents`` that a filing changes.
_FILING_ELEMENTS = {
    "bankruptcy": "legalEvents.hasOpenBankruptcy",
    "liquidation": "legalEvents.hasLiquidation",
    "suspension": "legalEvents.hasSuspensionOfPayments",
}


class DnbControl(ServiceControl):
    help = HELP

    def _get_state(self, _request):
        service = self._service
        return {
            "now": service.queues.now().isoformat(),
            "log_ins": service.log_ins,
            "data_calls": service.data_calls,
            "countries": service.countries,
            "blocks": service.blocks,
            "failing_blocks": service.failing_blocks,
            "lost_notifications": service.queues.lost,
            "registrations": [
                {
                    "reference": registration.reference,
                    "companies": len(registration.duns),
                    "waiting": len(registration.waiting),
                    "pulled": len(registration.pulled),
                }
                for registration in service.queues.registrations.values()
            ],
        }

    # -- settings ----------------------------------------------------------------------

    def _post_tokens(self, request):
        values = request.json()
        if "lifetime" in values:
            self._service.lifetime = float(values["lifetime"])
        ended = self._service.expire() if values.get("expire") else 0
        return {"lifetime": self._service.lifetime, "ended": ended}

    def _post_contract(self, request):
        values = request.json()
        for name in ("countries", "blocks"):
            if name in values:
                setattr(self._service, name, [str(one) for one in values[name]])
        if "failing_blocks" in values:
            self._service.failing_blocks = dict(values["failing_blocks"])
        return self._get_state(request)

    def _post_advance(self, request):
        moved = datetime.timedelta(days=float(request.json().get("days", 1)))
        self._service.queues.moved_on += moved
        return {"now": self._service.queues.now().isoformat()}

    def _post_registrations(self, request):
        values = request.json()
        reference = str(values["reference"])
        registration = self._service.queues.registrations.setdefault(
            reference, Registration(reference)
        )
        registration.seeds = bool(values.get("seeds", registration.seeds))
        return self._get_state(request)

    def _post_monitor(self, request):
        """Fill a registration with the register's first open seats."""
        values = request.json()
        registration = self._registration(values)
        now = self._service.queues.now()
        for company in self._service.companies.some(int(values["count"])):
            # Made now, so that reading them is as quick as it will be later.
            self._service.opinion(company)
            number = self._service.duns(company)
            registration.duns.setdefault(number, now.isoformat())
        return {
            "reference": registration.reference,
            "companies": len(registration.duns),
        }

    def _registration(self, values):
        registrations = self._service.queues.registrations
        reference = values.get("reference")
        return registrations[reference or next(iter(registrations))]

    # -- events ------------------------------------------------------------------------

    def _post_change(self, request):
        """Change a company without an event."""
        values = request.json()
        company = self._company(values.pop("company"))
        self._apply(company, values)
        return self._shown(company)

    def _post_events(self, request):
        values = request.json()
        if "events" in values:
            told = [self._make(dict(one)) for one in values["events"]]
        else:
            told = self._make_some(values)
        return {"count": sum(told)}

    def _make(self, values):
        company = self._company(values.pop("company"))
        kind = values.pop("type", "UPDATE")
        moment = self._service.queues.now() - datetime.timedelta(
            days=float(values.pop("days_ago", 0))
        )
        elements = self._apply(company, values)
        for element in elements:
            element["timestamp"] = moment.isoformat(timespec="seconds") + "Z"
        if kind == "UPDATE" and not elements:
            return 0
        return self._service.queues.notify(
            self._service.duns(company), kind, elements, moment
        )

    def _apply(self, company, values):
        """Change a company; the elements of the answers that differ now."""
        opinion = self._service.opinion(company)
        paths = [path for key in values for path in _ELEMENTS.get(key, ())]
        if "filing" in values:
            paths.remove("legalEvents")
            paths.append(_FILING_ELEMENTS[values["filing"]])
            values.setdefault("percentile", 1)
            paths += _ELEMENTS["percentile"]
        before = self._values(company, paths)
        if values.get("percentile") is not None and opinion.delinquency is None:
            opinion.delinquency = int(values["percentile"])
            opinion.limit = opinion.limit or 0
        for key in ("percentile", "limit", "days", "liens", "lien_amount"):
            if key in values:
                number = values[key]
                setattr(opinion, key, None if number is None else int(number))
        if "liens" in values and "lien_amount" not in values:
            opinion.lien_amount = 4200 * opinion.liens
        if "days" in values:
            opinion.previous_paydex = opinion.previous_paydex or 80
        for key in ("status", "name", "street"):
            if key in values:
                setattr(opinion, key, values[key])
        if "filing" in values:
            opinion.filings[values["filing"]] = self._service.today()
        if {"percentile", "limit", "days", "filing"} & set(values):
            opinion.scored_on = self._service.today()
        after = self._values(company, paths)
        return [
            {"element": path, "previous": before[path], "current": after[path]}
            for path in dict.fromkeys(paths)
            if before[path] != after[path]
        ]

    def _values(self, company, paths):
        answer = dnb_blocks.blocks_of(
            dnb_blocks.BLOCKS,
            self._service.duns(company),
            company,
            self._service.opinion(company),
        )
        return {path: _at(answer, path.split(".")) for path in paths}

    def _make_some(self, values):
        """Random changes of monitored companies, spread over the days before now."""
        registration = self._registration(values)
        numbers = list(registration.duns)
        rng = random.Random(f"dnb-events:{len(registration.waiting)}")
        days = float(values.get("days", 1))
        ages = sorted((rng.random() for _ in range(int(values["count"]))), reverse=True)
        told = []
        for age in ages:
            company = self._service.company(rng.choice(numbers))
            opinion = self._service.opinion(company)
            change = rng.choice(
                (
                    {"percentile": _other(opinion.percentile or 40, rng, 99)},
                    {"limit": 500 * _other((opinion.limit or 5000) // 500, rng, 10**6)},
                    {"days": _other(max(opinion.days or 10, 1), rng, 120)},
                )
            )
            number = self._service.duns(company)
            told.append(
                self._make({"company": number, "days_ago": age * days, **change})
            )
        return told

    def _company(self, identifier):
        text = str(identifier)
        company = None
        if len(text) == 14:
            company = self._service.companies.get(f"FR-X-{text}")
        elif len(text) == 9:
            # A SIREN may look like a D-U-N-S number: companies go by the former.
            found = self._service.companies.all_of(text)
            company = found[0] if found else self._service.company(text)
        if company is None:
            raise ValueError(f"unknown company: {identifier!r}")
        return company

    def _shown(self, company):
        opinion = self._service.opinion(company)
        return {
            "duns": self._service.duns(company),
            "percentile": opinion.percentile,
            "failure_class": opinion.failure_class,
            "rating": opinion.rating,
            "limit": opinion.limit,
            "paydex": opinion.paydex,
            "days": opinion.days,
        }


def _at(value, path):
    """The value at a path; a list on the way stands for its first item."""
    for key in path:
        if isinstance(value, list):
            value = value[0] if value else None
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _other(value, rng, most):
    """Another number near a value, from 1 on."""
    changed = min(max(round(value * rng.uniform(0.5, 1.45)), 1), most)
    if changed != value:
        return changed
    return value + 1 if value < most else value - 1
