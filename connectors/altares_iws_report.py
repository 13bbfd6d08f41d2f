"""Answers of Altares' IWS as facts, candidates and events."""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, time, timezone
from typing import Any

from . import credit_values as common
from . import parsing, soap
from .credit import (
    CreditCandidate,
    CreditFacts,
    KeyFigures,
    Officer,
    Page,
    PaymentBehaviour,
    Privileges,
    Proceeding,
    ScorePoint,
)
from .credit_monitoring import MonitoringEvent
from .credit_values import first
from .datatypes import Address, RejectedRecord
from .text import fold

CURRENCY = "EUR"
_IDENTITY = "getIdentiteAltaN3Entreprise"
#: Our field → local name of its element, in one operation's answer or in any. An empty
#: name is not public: the field stays unknown.
ELEMENTS = {
    "siret": f"{_IDENTITY}/siret",
    "name": f"{_IDENTITY}/raisonSociale",
    "acronym": f"{_IDENTITY}/sigle",
    "street": f"{_IDENTITY}/rue",
    "street2": f"{_IDENTITY}/complementRue",
    "zip": f"{_IDENTITY}/codePostal",
    "city": f"{_IDENTITY}/ville",
    "legal_form": f"{_IDENTITY}/formeJuridiqueCode",
    "legal_form_label": f"{_IDENTITY}/formeJuridique",
    "capital": f"{_IDENTITY}/capital",
    "naf": f"{_IDENTITY}/naf5EntreCode",
    "activity_label": f"{_IDENTITY}/naf5EntreLibelle",
    "rcs": f"{_IDENTITY}/rcs",
    "commercial_court": f"{_IDENTITY}/greffe",
    "created_on": f"{_IDENTITY}/dateCreation",
    "registered_on": f"{_IDENTITY}/dateImmatriculation",
    "closed_on": f"{_IDENTITY}/dateFermeture",
    "state": f"{_IDENTITY}/etat",
    "state_label": f"{_IDENTITY}/etatLabel",
    "proceedings": f"{_IDENTITY}/procedureCollective",
    "proceedings_on": "",
    "turnover": f"{_IDENTITY}/chiffreAffaire",
    "accounts_on": f"{_IDENTITY}/dateDernierBilan",
    "employees": f"{_IDENTITY}/effectif",
    "workforce_label": f"{_IDENTITY}/trEffectifEntre",
    "branches": f"{_IDENTITY}/nbEtablissementActif",
    "vat_number": f"{_IDENTITY}/numTVAIntraCom",
    "officer": f"{_IDENTITY}/dirigeantPrincipal",
    "score": "getScore/scoreCent",
    "score_20": "getScore/scoreVingt",
    "industry_score": "getScore/scoreSectorielCent",
    "industry_score_20": "getScore/scoreSectorielVingt",
    "risk_label": "getScore/niveauRisque",
    "scored_on": "getScore/dateValeur",
    "credit_limit": "",
    "paydex": "",
    "dbt": "",
    "privileges_number": "",
    "privileges_amount": "",
}
#: Key figure → item of the accounts, by the codes of the French tax return (inferred).
_ITEMS = {
    "turnover": "FL",
    "net_result": "HN",
    "equity": "DL",
    "total_assets": "EE",
}
_NO_PROCEEDINGS = ("NEANT", "NON", "AUCUNE", "AUCUN")
_INSOLVENT = ("receivership", "liquidation", "closure", "insolvency")
_OPEN = ("safeguard", "receivership", "liquidation", "insolvency")
#: Codes of alerts; their meanings are inferred.
_KINDS = {
    "ALTA_ADR": "address",
    "ALTA_BIL": "financials",
    "ALTA_CAP": "capital",
    "ALTA_ETA": "status",
    "ALTA_RS": "name",
    "ALTA_SCO": "rating",
}


#: A zone behind a day, as XML Schema allows it: the day is the one that is written.
_ZONE = re.compile(r"(?<=^[0-9]{4}-[0-9]{2}-[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})$")


def _day(value: str | None) -> date | None:
    return common.day(_ZONE.sub("", value)) if value else None


class _Answers:
    """Values of a report's answers by the names of our fields."""

    def __init__(self, trees: Mapping[str, soap.Element], elements: Mapping[str, str]):
        self._infos = {
            operation: soap.child(tree, "return", "myInfo")
            for operation, tree in trees.items()
        }
        self._elements = elements

    def info(self, operation: str) -> soap.Element | None:
        return self._infos.get(operation)

    def text(self, field: str, maximum: int = parsing.MAX_TEXT) -> str | None:
        operation, _slash, name = self._elements.get(field, "").rpartition("/")
        if not name:
            return None
        infos = [self._infos.get(operation)] if operation else self._infos.values()
        found = first(soap.first_leaf(info, name) for info in infos)
        return parsing.text(found, maximum)

    def amount(self, field: str) -> float | None:
        return common.amount(self.text(field))

    def limit(self, field: str) -> float | None:
        return common.limit(self.text(field))

    def count(self, field: str) -> int | None:
        return common.count(self.text(field))

    def day(self, field: str) -> date | None:
        return _day(self.text(field))

    def score(self, field: str, most: float) -> float | None:
        return common.score(self.text(field), 0, most)


def read_facts(
    trees: Mapping[str, soap.Element],
    elements: Mapping[str, str],
    siren: Any = None,
    failed: Collection[str] = (),
) -> CreditFacts:
    """Facts of a report's answers; nothing in them makes this fail.

    :param trees: operation → first element of its answer's body
    :param elements: all names of :data:`ELEMENTS`
    """
    told = _Answers(trees, elements)
    siren = parsing.siren(siren) or parsing.siren((told.text("siret") or "")[:9])
    turnover = told.amount("turnover")
    capital = told.limit("capital")
    officer = told.text("officer")
    return CreditFacts(
        bureau_id=siren,
        country_code="FR",
        registration_number=siren,
        siren=siren,
        siret=parsing.siret(told.text("siret")),
        vat_number=told.text("vat_number", 40),
        rcs=told.text("rcs"),
        commercial_court=told.text("commercial_court"),
        name=told.text("name"),
        acronym=told.text("acronym", 80),
        registration_date=told.day("registered_on"),
        operations_start_date=told.day("created_on"),
        deregistration_date=told.day("closed_on"),
        activity_code=told.text("naf", 20),
        activity_label=told.text("activity_label"),
        naf=parsing.naf(told.text("naf")),
        legal_form=told.text("legal_form", 20),
        legal_form_label=told.text("legal_form_label"),
        address=Address(
            street=told.text("street"),
            street2=told.text("street2"),
            zip=parsing.postcode(told.text("zip")),
            city=parsing.city(told.text("city")),
            country_code="FR",
        ),
        capital=capital,
        capital_currency=CURRENCY if capital is not None else None,
        latest_turnover=turnover,
        latest_turnover_currency=CURRENCY if turnover is not None else None,
        key_figures=_key_figures(told, turnover),
        employees=told.count("employees"),
        workforce_label=told.text("workforce_label", 80),
        branches=told.count("branches"),
        officers=(Officer(name=officer),) if officer else (),
        **_status(told),
        **_assessment(told),
        failed_sections=tuple(failed),
        missing_sections=tuple(
            name
            for name in (_IDENTITY, "getScore", "getHistoriqueScore")
            if told.info(name) is None
        ),
    )


def _status(told: _Answers) -> dict[str, Any]:
    state = told.text("state", 20)
    status = None
    if told.day("closed_on") is not None:
        status = "ceased"
    elif state is not None:
        status = "active" if state == "1" else "other"
    words = told.text("proceedings")
    proceedings: tuple[Proceeding, ...] = ()
    is_open = None
    if words is not None and fold(words) in _NO_PROCEEDINGS:
        is_open = False
    elif words is not None:
        kind = common.proceeding_kind(None, words)
        is_open = True if kind in _OPEN else False if kind == "closure" else None
        proceedings = (
            Proceeding(
                kind=kind,
                decided_on=told.day("proceedings_on"),
                label=words,
                state="closed" if kind == "closure" else None,
                source="other",
            ),
        )
    number = told.count("privileges_number")
    amount = told.limit("privileges_amount")
    return {
        "status": status,
        "status_description": told.text("state_label"),
        "proceedings": proceedings,
        "has_open_proceedings": is_open,
        "has_legal_facts": words is not None or number is not None,
        "privileges": Privileges(
            number=number,
            amount=amount,
            has_open=None if number is None else number > 0,
            currency=CURRENCY if amount is not None else None,
        ),
        "is_failing": _is_failing(told, status, proceedings),
    }


def _is_failing(
    told: _Answers, status: str | None, proceedings: tuple[Proceeding, ...]
) -> bool | None:
    if status == "ceased" or any(one.kind in _INSOLVENT for one in proceedings):
        return True
    score = told.score("score", 100)
    return False if score is not None and score > 0 else None


def _assessment(told: _Answers) -> dict[str, Any]:
    score = told.score("score", 100)
    score_20 = told.score("score_20", 20)
    limit = told.limit("credit_limit")
    rated = None
    if score is not None or score_20 is not None:
        rated = max(score or 0, score_20 or 0) > 0
    elif told.info("getScore") is not None:
        rated = False
    paydex = told.count("paydex")
    return {
        "rating_description": told.text("risk_label"),
        "is_rated": rated,
        "score": score,
        "score_20": score_20,
        "industry_score": told.score("industry_score", 100),
        "industry_score_20": told.score("industry_score_20", 20),
        "credit_limit": limit,
        "credit_limit_currency": CURRENCY if limit is not None else None,
        "score_history": tuple(_history(told, score)),
        "payment": PaymentBehaviour(
            dbt=common.score(told.text("dbt"), -365, 3650),
            paydex=paydex if paydex is not None and paydex <= 100 else None,
        ),
    }


def _history(told: _Answers, score: float | None) -> Iterator[ScorePoint]:
    """Points, oldest first, one a day, today's included."""
    points: dict[date, float] = {}
    scored_on = told.day("scored_on")
    if scored_on is not None and score is not None:
        points[scored_on] = score
    for row in soap.having(told.info("getHistoriqueScore"), "dateValeur", "scoreCent"):
        day = _day(soap.leaf(row, "dateValeur"))
        found = common.score(soap.leaf(row, "scoreCent"))
        if day is not None and found is not None:
            points.setdefault(day, found)
    for day in sorted(points):
        yield ScorePoint(date=day, score=points[day], is_rated=points[day] > 0)


def _key_figures(told: _Answers, turnover: float | None) -> tuple[KeyFigures, ...]:
    """Accounts by year, newest first; the last turnover that the identity tells."""
    years: dict[date, dict[str, Any]] = {}
    for row in soap.having(told.info("getDerniersBilans"), "bilanId", "dateClotureN"):
        day = _day(soap.leaf(row, "dateClotureN"))
        if day is None:
            continue
        items = {
            (soap.leaf(item, "poste") or "").removeprefix("poste"): common.amount(
                soap.leaf(item, "valeur")
            )
            for item in soap.having(row, "poste", "valeur")
        }
        years.setdefault(day, {name: items.get(key) for name, key in _ITEMS.items()})
    day = told.day("accounts_on")
    if day is not None and turnover is not None:
        year = years.setdefault(day, {})
        if year.get("turnover") is None:
            year["turnover"] = turnover
    return tuple(
        KeyFigures(period_end=day, currency=CURRENCY, **years[day])
        for day in sorted(years, reverse=True)
        if any(value is not None for value in years[day].values())
    )


# ------------------------------------------------------------------ candidates, alerts


def read_candidates(answer: soap.Element) -> Page[CreditCandidate]:
    """Companies of a search's answer, one an establishment."""
    candidates, rejected = [], []
    for row in soap.having(answer, "raisonSociale"):
        candidate = _candidate(row)
        if candidate is not None:
            candidates.append(candidate)
        else:
            name = parsing.text(soap.leaf(row, "raisonSociale"), 80)
            rejected.append(RejectedRecord(name, "The row has no identifier."))
    total = common.count(soap.first_leaf(answer, "nbResultats"))
    return Page(tuple(candidates), total=total, rejected=tuple(rejected))


def _candidate(row: soap.Element) -> CreditCandidate | None:
    siret = parsing.siret(soap.leaf(row, "siret"))
    siren = parsing.siren(soap.leaf(row, "siren") or (siret or "")[:9])
    if siren is None:
        return None
    is_active = parsing.flag(soap.leaf(row, "actif"))
    is_seat = parsing.flag(soap.leaf(row, "siege"))
    return CreditCandidate(
        bureau_id=siren,
        name=parsing.text(soap.leaf(row, "raisonSociale")),
        country_code="FR",
        registration_number=siret or siren,
        siren=siren,
        siret=siret,
        status={True: "active", False: "ceased"}.get(is_active),
        office_type={True: "head_office", False: "branch"}.get(is_seat),
        address=Address(
            street=parsing.text(soap.leaf(row, "rue")),
            zip=parsing.postcode(soap.leaf(row, "codePostal")),
            city=parsing.city(soap.leaf(row, "ville")),
            country_code="FR",
        ),
    )


def read_alerts(
    answer: soap.Element, page: int, page_size: int
) -> Page[MonitoringEvent]:
    """Events of a page of alerts; an alert may hold several."""
    alerts = list(soap.having(answer, "id", "siren"))
    events, rejected = [], []
    for row in alerts:
        found = list(_alert_events(row))
        events += found
        if not found:
            name = parsing.text(soap.leaf(row, "id"), 40)
            rejected.append(RejectedRecord(name, "The alert names no company."))
    total = common.count(soap.first_leaf(answer, "nbTotalAlerteList"))
    seen = page * page_size
    is_last = not alerts or total is None or seen >= total
    return Page(
        tuple(events),
        total=total,
        next_page=None if is_last else page + 1,
        rejected=tuple(rejected),
    )


def _alert_events(row: soap.Element) -> Iterator[MonitoringEvent]:
    number = common.identifier(soap.leaf(row, "id"))
    siren = parsing.siren(soap.leaf(row, "siren"))
    if number is None or siren is None:
        return
    created_at = _moment(soap.leaf(row, "dateCreation"))
    rows = list(soap.having(row, "nomEvenementCode")) or [row]
    for place, event in enumerate(rows):
        code = parsing.text(soap.leaf(event, "nomEvenementCode"), 40)
        label = parsing.text(soap.leaf(event, "nomEvenementLabel"))
        yield MonitoringEvent(
            # An alert of several events: each with a number of its own.
            id=number * 100 + min(place, 99),
            event_id=number,
            kind=_KINDS.get(code or ""),
            rule_name=label or code,
            bureau_id=siren,
            bureau_number=siren,
            country_code="FR",
            happened_at=_moment(soap.leaf(event, "dateEvenement")) or created_at,
            created_at=created_at,
            local_code=code,
            summary=label,
        )


def _moment(value: str | None) -> datetime | None:
    """A moment, or the beginning of a day."""
    found = parsing.moment(value)
    day = _day(value) if found is None else None
    return found or (datetime.combine(day, time(), timezone.utc) if day else None)
