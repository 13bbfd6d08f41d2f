"""The data blocks of D&B Direct+ as facts, whichever of them came.

Paths in the comments are below ``organization``. Those marked *inferred* stand in no
public account of the service: they are read where they are, and never missed.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from . import credit_values as common
from . import dnb_values as values
from . import parsing
from .credit import (
    CreditFacts,
    Group,
    GroupMember,
    KeyFigures,
    Officer,
    PaymentBehaviour,
    Privileges,
    Proceeding,
    RiskClass,
    ScorePoint,
)
from .credit_values import at, first, rows
from .datatypes import Address

#: Block (without level and version) → what it fills, where nothing tells its state.
_CONTENTS = {
    "companyinfo": ("primaryName", "registrationNumbers"),
    "financialstrengthinsight": ("dnbAssessment",),
    "paymentinsight": ("businessTrading",),
    "eventfilings": ("legalEvents",),
    "companyfinancials": ("latestFiscalFinancials", "financialStatements"),
    "hierarchyconnections": ("corporateLinkage",),
    "principalscontacts": ("currentPrincipals",),
}
SECTIONS = tuple(_CONTENTS)
#: Paydex of a company that pays on its terms; above it, days are before them.
_ON_TERMS = 80
#: ``legalEvents``: an open one of these ends a company's paying.
_PROCEEDINGS = (
    ("hasOpenBankruptcy", "bankruptcy", "insolvency", "Open bankruptcy"),
    ("hasInsolvency", "insolvency", "insolvency", "Insolvency"),
    ("hasLiquidation", "liquidation", "liquidation", "Liquidation"),
    (
        "hasSuspensionOfPayments",
        "suspensionOfPayments",
        "insolvency",
        "Suspension of payments",
    ),
)


def read_facts(answer: dict[str, Any]) -> CreditFacts:
    """Facts of an answer with data blocks; nothing in it makes this fail.

    :param answer: the whole answer, with ``organization`` in it
    """
    organization = parsing.as_dict(answer.get("organization"))
    missing, failed = _blocks(answer, organization)
    return CreditFacts(
        **_identity(organization),
        **_assessment(organization),
        **_figures(organization),
        **_contact(organization),
        **_people(organization),
        **_events(organization),
        payment=_payment(organization),
        missing_sections=missing,
        failed_sections=failed,
    )


def _blocks(
    answer: dict, organization: dict
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Blocks that did not come, and among them those that the service failed at."""
    told: dict[str, bool] = {}
    failed = []
    states = first(
        value if isinstance(value, list) and value else None
        for value in (
            answer.get("blockStatus"),
            at(answer, "transactionDetail", "blockStatus"),
        )
    )
    for row in rows(states):
        block = parsing.text(row.get("blockID"), 60)
        if block is None:
            continue
        good = (parsing.text(row.get("status"), 20) or "").lower() == "ok"
        told[block.partition("_")[0]] = good
        if not good:
            reason = parsing.text(row.get("reason"))
            failed.append(f"{block}: {reason}" if reason else block)
    missing = (
        name
        for name, keys in _CONTENTS.items()
        if not told.get(name, any(organization.get(key) for key in keys))
    )
    return tuple(missing), tuple(failed)


# ------------------------------------------------------------------------ identity


def _country(organization: dict) -> str | None:
    told = (
        organization.get("countryISOAlpha2Code"),
        at(organization, "primaryAddress", "addressCountry", "isoAlpha2Code"),
        at(organization, "registeredAddress", "addressCountry", "isoAlpha2Code"),
    )
    return first(map(common.country, told))


def _identity(organization: dict) -> dict[str, Any]:
    country = _country(organization)
    numbers = values.registration_numbers(organization)
    siren, siret = common.siren_and_siret(country, *numbers)
    control = organization.get("dunsControlStatus")
    activity = _activity(organization, country)
    return {
        "bureau_id": values.duns(organization.get("duns")),
        "bureau_number": values.duns(organization.get("duns")),
        "country_code": country,
        "registration_number": first(numbers),
        "siren": siren,
        "siret": siret,
        "name": first(
            parsing.text(organization.get(key))
            for key in ("primaryName", "registeredName")
        ),
        "legal_name": parsing.text(organization.get("registeredName")),
        "trade_names": values.trade_names(organization),
        "status": values.status(control),
        "status_description": values.label(at(control, "operatingStatus")),
        "registration_date": common.day(organization.get("incorporatedDate")),
        "operations_start_date": common.day(organization.get("startDate")),
        "deregistration_date": common.day(at(control, "operatingStatus", "startDate"))
        if values.status(control) == "ceased"
        else None,
        "activity_code": parsing.text(activity.get("code"), 20),
        "activity_label": parsing.text(activity.get("description")),
        "activity_nomenclature": parsing.text(activity.get("typeDescription"), 80),
        "naf": _naf(activity) if country == "FR" else None,
        "legal_form_label": first(
            values.label(organization.get(key))
            for key in ("legalForm", "businessEntityType")
        ),
    }


def _naf(row: dict) -> str | None:
    """A French code of four digits and a letter, and no other nomenclature's."""
    found = parsing.naf(row.get("code"))
    return found if found and len(found) == 6 and found[-1].isalpha() else None


def _activity(organization: dict, country: str | None) -> dict:
    """The activity in the national nomenclature, else NACE, else the first one."""
    codes = sorted(
        rows(organization.get("industryCodes")),
        key=lambda row: common.count(row.get("priority")) or 1,
    )
    national = (row if country == "FR" and _naf(row) else None for row in codes)
    european = (
        row if "NACE" in (parsing.text(row.get("typeDescription")) or "") else None
        for row in codes
    )
    return first((*national, *european, *codes)) or {}


# ---------------------------------------------------------------------- assessment


def _assessment(organization: dict) -> dict[str, Any]:
    section = parsing.as_dict(organization.get("dnbAssessment"))
    failure = parsing.as_dict(section.get("failureScore"))
    standard = parsing.as_dict(section.get("standardRating"))
    score = values.within(failure.get("nationalPercentile"), 1, 100)
    limit, currency = _recommended_limit(section)
    classes = tuple(_risk_classes(section))
    rated = None
    if section:
        rated = score is not None or any(one.value is not None for one in classes)
    assessed_on = common.day(failure.get("scoreDate"))
    return {
        "rating_description": first(
            (
                parsing.text(failure.get("classScoreDescription")),
                parsing.text(standard.get("rating"), 20),
            )
        ),
        "provider_description": parsing.text(standard.get("rating"), 20),
        "is_rated": rated,
        "is_failing": _is_failing(organization, rated),
        "score": score,
        "score_min": 1.0,
        "assessment": values.label(section.get("financialCondition")),
        "risk_classes": classes,
        "credit_limit": limit,
        "credit_limit_currency": currency,
        "score_history": _score_history(assessed_on, score, limit, currency),
    }


def _score_history(
    day: date | None, score: int | None, limit: float | None, currency: str | None
) -> tuple[ScorePoint, ...]:
    """The one point that the assessment is: Direct+ tells no earlier ones."""
    if day is None or score is None:
        return ()
    return (
        ScorePoint(
            date=day, score=score, limit=limit, currency=currency, is_rated=True
        ),
    )


def _risk_classes(section: dict) -> Iterator[RiskClass]:
    for kind, key in (("failure", "failureScore"), ("delinquency", "delinquencyScore")):
        row = parsing.as_dict(section.get(key))
        found = RiskClass(
            kind=kind,
            value=values.within(row.get("classScore"), 1, 5),
            percentile=values.within(row.get("nationalPercentile"), 1, 100),
            label=parsing.text(row.get("classScoreDescription")),
            assessed_on=common.day(row.get("scoreDate")),
        )
        if found.value is not None or found.percentile is not None:
            yield found
    row = parsing.as_dict(section.get("standardRating"))
    found = RiskClass(
        kind="risk_indicator",
        value=values.within(row.get("riskSegment"), 1, 4),
        rating=parsing.text(row.get("rating"), 20),
        label=values.label(row.get("financialStrength")),
        assessed_on=common.day(row.get("scoreDate")),
    )
    if found.value is not None or found.rating is not None:
        yield found


def _recommended_limit(section: dict) -> tuple[float | None, str | None]:
    advice = parsing.as_dict(section.get("creditLimitRecommendation"))
    for key in ("maximumRecommendedLimit", "averageRecommendedLimit"):
        limit, currency = values.money(values.one(advice.get(key)))
        if limit is not None and limit >= 0:
            return limit, currency
    return None, None


def _is_failing(organization: dict, rated: bool | None) -> bool | None:
    """Whether a company is ended or insolvent; ``None`` when nothing tells."""
    if values.status(organization.get("dunsControlStatus")) == "ceased":
        return True
    open_ones = _open_proceedings(organization)
    if open_ones is not None:
        return open_ones
    return False if rated else None


# ------------------------------------------------------------------------- figures


def _figures(organization: dict) -> dict[str, Any]:
    figures = _key_figures(organization)
    turnover, currency = _latest_turnover(organization)
    if turnover is None:
        newest = first(year for year in figures if year.turnover is not None)
        if newest:
            turnover, currency = newest.turnover, newest.currency
    employees = values.one(organization.get("numberOfEmployees"))
    return {
        "key_figures": figures,
        "latest_turnover": turnover,
        "latest_turnover_currency": currency,
        "employees": common.count(employees.get("value")),
        "employees_year": parsing.year(employees.get("employeeFiguresDate")),
    }


def _latest_turnover(organization: dict) -> tuple[float | None, str | None]:
    """``financials[].yearlyRevenue[]`` of the company information (inferred)."""
    for row in rows(organization.get("financials")):
        for revenue in rows(row.get("yearlyRevenue")):
            turnover, currency = values.money(revenue)
            if turnover is not None:
                return turnover, currency
    return None, None


def _statements(organization: dict) -> Iterator[dict]:
    """Accounts, with or without their figures in an overview."""
    yield values.one(organization.get("latestFiscalFinancials"))
    yield from rows(organization.get("financialStatements"))


def _key_figures(organization: dict) -> tuple[KeyFigures, ...]:
    years: dict[date, KeyFigures] = {}
    for row in _statements(organization):
        day = common.day(row.get("financialStatementToDate"))
        overview = first(
            value if isinstance(value, dict) and value else None
            for value in (row.get("overview"), row.get("statementOverview"))
        )
        overview = overview or {}
        if day is None or not overview:
            continue
        told = KeyFigures(
            period_end=day,
            currency=common.currency(row.get("currency")),
            turnover=common.amount(overview.get("salesRevenue")),
            operating_profit=common.amount(overview.get("operatingProfitLoss")),
            net_result=common.amount(overview.get("netIncomeLoss")),
            equity=common.amount(overview.get("equity")),
            total_assets=common.amount(overview.get("totalAssets")),
        )
        years.setdefault(day, told)
    return tuple(years[day] for day in sorted(years, reverse=True))


# ------------------------------------------------------------------ contact, people


def _contact(organization: dict) -> dict[str, Any]:
    main = values.address(organization.get("primaryAddress"))
    others = (
        values.address(organization.get(key))
        for key in ("registeredAddress", "mailingAddress")
    )
    emails = organization.get("email")
    emails = emails if isinstance(emails, list) else []
    return {
        "address": main,
        "other_addresses": tuple(
            place
            for place in others
            if place not in (main, Address(country_code=place.country_code))
        ),
        "phones": values.telephones(organization),
        "emails": tuple(
            line
            for line in parsing.texts(
                *(at(row, "email") or row for row in emails),
                organization.get("certifiedEmail"),
            )
            if "@" in line
        ),
        "websites": values.websites(organization),
    }


def _people(organization: dict) -> dict[str, Any]:
    officers: dict[str, Officer] = {}
    for key in ("mostSeniorPrincipals", "currentPrincipals"):
        for row in rows(organization.get(key)):
            name = parsing.text(row.get("fullName"))
            titles = (
                parsing.text(job.get("title")) for job in rows(row.get("jobTitles"))
            )
            if name:
                officers.setdefault(name, Officer(name=name, function=first(titles)))
    linkage = parsing.as_dict(organization.get("corporateLinkage"))
    return {
        "officers": tuple(officers.values()),
        "group": Group(
            ultimate_parent=_member(linkage.get("globalUltimate")),
            immediate_parent=first(
                _member(linkage.get(key)) for key in ("parent", "headQuarter")
            ),
        ),
    }


def _member(value: Any) -> GroupMember | None:
    name = parsing.text(at(value, "primaryName"))
    if name is None:
        return None
    number = values.duns(at(value, "duns"))
    return GroupMember(
        name=name,
        country_code=values.address(at(value, "primaryAddress")).country_code,
        bureau_id=number,
        bureau_number=number,
    )


# ------------------------------------------------------------------ events, payments


def _open_proceedings(organization: dict) -> bool | None:
    """Whether one is open; ``None`` without a word about any of them."""
    events = parsing.as_dict(organization.get("legalEvents"))
    told = [parsing.flag(events.get(key)) for key, *_rest in _PROCEEDINGS]
    if any(told):
        return True
    return None if all(value is None for value in told) else False


def _events(organization: dict) -> dict[str, Any]:
    events = parsing.as_dict(organization.get("legalEvents"))
    liens = parsing.flag(events.get("hasOpenLiens"))
    if liens is None and parsing.flag(events.get("hasLiens")) is False:
        liens = False
    number, amount, currency = _open_liens(events)
    return {
        "has_legal_facts": bool(events),
        "has_open_proceedings": _open_proceedings(organization),
        "proceedings": tuple(
            Proceeding(
                kind=kind,
                decided_on=common.day(at(events, detail, "mostRecentFilingDate")),
                label=label,
                source="other",
            )
            for key, detail, kind, label in _PROCEEDINGS
            if parsing.flag(events.get(key))
        ),
        "last_judgment_date": common.day(events.get("mostRecentJudgmentDate")),
        # "No lien" is no number told, but it is one.
        "privileges": Privileges(
            number=0 if liens is False and number is None else number,
            amount=amount,
            currency=currency,
            has_open=liens,
        ),
    }


def _open_liens(events: dict) -> tuple[int | None, float | None, str | None]:
    """Number, amount and currency of the liens that are filed and not released."""
    filings = [
        row
        for row in rows(at(values.one(events.get("liens")), "lienFilings"))
        if common.day(row.get("releaseDate")) is None
    ]
    if not filings:
        return None, None, None
    amounts = [values.money(row.get("filingAmount")) for row in filings]
    # What is owed is no amount below zero.
    known = [
        (value, currency)
        for value, currency in amounts
        if value is not None and value >= 0
    ]
    currencies = {currency for _value, currency in known}
    if len(currencies) != 1:
        # Amounts of several currencies have no sum.
        return len(filings), None, None
    return len(filings), sum(value for value, _currency in known), currencies.pop()


def _payment(organization: dict) -> PaymentBehaviour:
    trading = values.one(organization.get("businessTrading"))
    summary = values.one(trading.get("summary"))
    norms = first(
        values.one(value) or None
        for value in (
            organization.get("businessTradingNorms"),
            trading.get("businessTradingNorms"),
        )
    )
    paydex = values.within(summary.get("paydexScore"), 1, 100)
    past_due = common.limit(_plain(summary.get("totalPastDueAmount")))
    return PaymentBehaviour(
        dbt=_days(summary.get("paymentBehaviorDays"), paydex),
        overdue_total=past_due,
        trade_lines=common.count(summary.get("totalExperiencesCount")),
        paydex=paydex,
        previous_paydex=values.within(
            summary.get("threeMonthsPriorPaydexScore"), 1, 100
        ),
        industry_paydex=values.within(
            at(norms, "industryNorms", "paydexScoreNorms", "median"), 1, 100
        ),
        paydex_on=common.day(summary.get("summaryDate")),
    )


def _plain(value: Any) -> Any:
    return value.get("value") if isinstance(value, dict) else value


def _days(value: Any, paydex: int | None) -> float | None:
    """Days beyond terms: the service tells days early and days late alike."""
    found = common.score(value, -365, 3650)
    if found is not None and found > 0 and paydex is not None and paydex > _ON_TERMS:
        return -found
    return found
