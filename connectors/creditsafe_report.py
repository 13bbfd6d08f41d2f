"""Creditsafe's company report as facts: every country's shape, whatever is missing.

Sections that a report does not have are just absent keys; amounts, scores and counts
arrive as numbers, as text and as words ("Credit Limit not applicable"). French paths
are those of the reference report; other countries differ in the history above all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from . import credit_values as common
from . import creditsafe_values as values
from . import parsing
from .credit import (
    Commentary,
    CreditFacts,
    Group,
    GroupMember,
    HistoryEntry,
    Indicator,
    Judgment,
    KeyFigures,
    Officer,
    PaymentBehaviour,
    Privileges,
    Proceeding,
    ScorePoint,
    Shareholder,
)
from .credit_values import at, first, read_all, rows
from .datatypes import Address

LONG_TEXT = 4000
#: What a complete report has.
SECTIONS = (
    "companySummary",
    "companyIdentification",
    "creditScore",
    "contactInformation",
    "shareCapitalStructure",
    "directors",
    "otherInformation",
    "groupStructure",
    "financialStatements",
    "localFinancialStatements",
    "paymentData",
    "negativeInformation",
    "additionalInformation",
)
_PROCEEDING_SOURCES = (
    ("courts", "court"),
    ("rncs", "register"),
    ("bodacc", "gazette"),
    ("otherSources", "other"),
)
#: A company in one of these states does not pay any more; a plan ends them.
_INSOLVENT = ("receivership", "liquidation", "closure", "insolvency")
_DECISIVE = (*_INSOLVENT, "plan", "safeguard")


def read_facts(answer: dict[str, Any]) -> CreditFacts:
    """Facts of a report's JSON answer; nothing in it makes this fail.

    :param answer: the whole answer, with ``report`` in it
    """
    report = parsing.as_dict(answer.get("report"))
    reading = _Reading(answer, report)
    return CreditFacts(
        **_identity(reading),
        **_rating(reading),
        **_trends(report),
        **_figures(reading),
        **_contact(reading),
        **_people(report),
        **_negative(report),
        **_remarks(report),
        missing_sections=tuple(
            name for name in SECTIONS if not _is_section(report.get(name))
        ),
        failed_sections=parsing.texts(_list(answer.get("failedSections"))),
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """What several parts need: the answer, and its most used sections."""

    answer: dict[str, Any]
    report: dict[str, Any]

    @property
    def summary(self) -> dict:
        return parsing.as_dict(self.report.get("companySummary"))

    @property
    def basic(self) -> dict:
        found = at(self.report, "companyIdentification", "basicInformation")
        return parsing.as_dict(found)

    @property
    def misc(self) -> dict:
        return parsing.as_dict(at(self.report, "additionalInformation", "misc"))

    @property
    def country(self) -> str | None:
        told = (self.summary.get("country"), self.basic.get("country"))
        # Every connectId begins with its country (older ones: "US001-X-…").
        return first(map(common.country, (*told, (self.bureau_id or "")[:2])))

    @property
    def bureau_id(self) -> str | None:
        ids = (self.answer.get("companyId"), self.report.get("companyId"))
        return first(parsing.text(value, 60) for value in ids)

    @property
    def is_closed(self) -> bool:
        return (
            self.status == "ceased"
            or self.misc.get("statusCode") == "C"
            or common.day(self.misc.get("deregistrationDate")) is not None
        )

    @property
    def status(self) -> str | None:
        return first(
            values.status(at(part, "companyStatus", "status"))
            for part in (self.summary, self.basic)
        )


def _list(value: Any) -> list:
    return value[: common.MAX_ITEMS] if isinstance(value, list) else []


def _is_section(value: Any) -> bool:
    return isinstance(value, (dict, list))


# ------------------------------------------------------------------------ identity


def _identity(reading: _Reading) -> dict[str, Any]:
    summary, basic, misc = reading.summary, reading.basic, reading.misc
    country = reading.country
    registration = first(
        parsing.text(part.get("companyRegistrationNumber"), 60)
        for part in (basic, summary)
    )
    siren, siret = common.siren_and_siret(
        country, misc.get("courtRegistryNumber"), registration
    )
    activity = first(
        value if isinstance(value, dict) else None
        for value in (summary.get("mainActivity"), basic.get("principalActivity"))
    )
    activity = activity or {}
    identification = reading.report.get("companyIdentification")
    return {
        "bureau_id": reading.bureau_id,
        "bureau_number": parsing.text(summary.get("companyNumber"), 60),
        "country_code": country,
        "registration_number": registration,
        "siren": siren,
        "siret": siret,
        "vat_number": parsing.text(basic.get("vatRegistrationNumber"), 40),
        "rcs": parsing.text(misc.get("rcsRegistration")),
        "commercial_court": parsing.text(basic.get("commercialCourt")),
        "name": first(
            parsing.text(value)
            for value in (
                summary.get("businessName"),
                basic.get("businessName"),
                basic.get("registeredCompanyName"),
            )
        ),
        "legal_name": parsing.text(basic.get("registeredCompanyName")),
        "trade_names": parsing.texts(
            basic.get("tradingName"), _list(basic.get("tradingNames"))
        ),
        "acronym": parsing.text(basic.get("acronym"), 80),
        "previous_names": read_all(
            at(identification, "previousNames"),
            lambda row: parsing.text(row.get("name")),
        ),
        "status": reading.status,
        "status_description": first(
            parsing.text(at(part, "companyStatus", "description"))
            for part in (summary, basic)
        ),
        "registration_date": common.day(basic.get("companyRegistrationDate")),
        "operations_start_date": common.day(basic.get("operationsStartDate")),
        "deregistration_date": common.day(misc.get("deregistrationDate")),
        "activity_code": parsing.text(activity.get("code"), 20),
        "activity_label": parsing.text(activity.get("description")),
        "activity_nomenclature": parsing.text(activity.get("classification"), 40),
        "naf": parsing.naf(activity.get("code")) if country == "FR" else None,
        "legal_form": parsing.text(at(basic, "legalForm", "providerCode"), 20),
        "legal_form_label": parsing.text(at(basic, "legalForm", "description")),
    }


# -------------------------------------------------------------------------- rating


@dataclass(frozen=True, slots=True)
class _Rating:
    letter: str | None
    description: str | None
    score: float | None
    low: float
    high: float
    limit: float | None
    currency: str | None


def _read_rating(value: Any) -> _Rating:
    source = parsing.as_dict(value)
    provided = parsing.as_dict(source.get("providerValue"))
    low, high = values.scale(provided)
    limit = common.limit(at(source, "creditLimit", "value"))
    return _Rating(
        letter=values.letter(source.get("commonValue")),
        description=parsing.text(source.get("commonDescription")),
        score=common.score(provided.get("value"), low, high),
        low=low,
        high=high,
        limit=limit,
        currency=common.currency(at(source, "creditLimit", "currency"))
        if limit is not None
        else None,
    )


def _rating(reading: _Reading) -> dict[str, Any]:
    section = parsing.as_dict(reading.report.get("creditScore"))
    source = section.get("currentCreditRating")
    if not isinstance(source, dict) or not source:
        source = reading.summary.get("creditRating")
    source = parsing.as_dict(source)
    current = _read_rating(source)
    previous = _read_rating(section.get("previousCreditRating"))
    contract = common.limit(at(section, "currentContractLimit", "value"))
    contract_currency = common.currency(at(section, "currentContractLimit", "currency"))
    currency = first((current.currency, previous.currency, contract_currency))
    # A letter A–D beats a score that is nonsense beside it.
    rated = values.is_rated(current.letter, current.score)
    if current.letter in values.RATED:
        rated = True
    return {
        "rating": current.letter,
        "rating_description": current.description,
        "provider_description": parsing.text(source.get("providerDescription")),
        "is_rated": rated,
        "is_failing": _is_failing(reading, current),
        "score": current.score,
        "score_min": current.low,
        "score_max": current.high,
        "probability_of_default": common.score(source.get("pod")),
        "assessment": parsing.text(source.get("assessment")),
        "credit_limit": current.limit,
        "credit_limit_currency": current.currency,
        "contract_limit": contract,
        "contract_limit_currency": contract_currency if contract is not None else None,
        "previous_rating": previous.letter,
        "previous_rating_description": previous.description,
        "previous_score": previous.score,
        "previous_credit_limit": previous.limit,
        "previous_credit_limit_currency": previous.currency,
        "rating_changed_on": common.day(section.get("latestRatingChangeDate")),
        "score_history": _score_history(
            reading.report, (current.low, current.high), currency
        ),
    }


def _is_failing(reading: _Reading, current: _Rating) -> bool | None:
    """Whether the worst has happened: letter E and score 0, closed, or insolvent."""
    if current.letter in values.RATED:
        return False
    if current.score == 0 or reading.is_closed or _is_insolvent(reading.report):
        return True
    return None if current.letter is None and current.score is None else False


def _is_insolvent(report: dict) -> bool:
    """Whether the latest decisive ruling is an insolvency."""
    negative = parsing.as_dict(report.get("negativeInformation"))
    rulings = [*_judgments(negative), *_proceedings(negative)]
    decisive = [ruling for ruling in rulings if ruling.kind in _DECISIVE]
    if not decisive:
        return False
    latest = max(ruling.decided_on or date.min for ruling in decisive)
    return any(
        ruling.kind in _INSOLVENT
        for ruling in decisive
        if (ruling.decided_on or date.min) == latest
    )


def _score_history(
    report: dict, scale: tuple[float, float], currency: str | None
) -> tuple[ScorePoint, ...]:
    """Points, oldest first, one a day: the service's first word on a day counts."""
    more = parsing.as_dict(report.get("additionalInformation"))
    limits: dict[date, tuple[float | None, str | None]] = {}
    for row in rows(more.get("creditLimitHistory")):
        day = common.day(row.get("date"))
        limit = common.limit(at(row, "companyValue", "value"))
        if day and limit is not None:
            told = common.currency(at(row, "companyValue", "currency"))
            limits.setdefault(day, (limit, told))
    points: dict[date, ScorePoint] = {}
    for row in rows(more.get("ratingHistory")):
        day = common.day(row.get("date"))
        if day is None:
            continue
        score = common.score(
            first((row.get("localRating"), _plain(row.get("companyValue")))), *scale
        )
        letter = values.letter(at(row, "commonRating", "commonValue"))
        limit = common.limit(row.get("limit"))
        told = None
        if limit is None:
            limit, told = limits.get(day, (None, None))
        points.setdefault(
            day,
            ScorePoint(
                date=day,
                rating=letter,
                score=score,
                limit=limit,
                currency=(told or currency) if limit is not None else None,
                is_rated=_point_is_rated(row, letter, score),
            ),
        )
    for day, (limit, told) in limits.items():
        point = ScorePoint(date=day, limit=limit, currency=told or currency)
        points.setdefault(day, point)
    return tuple(points[day] for day in sorted(points))


def _plain(value: Any) -> Any:
    """GB writes a bare score, or an object with its value."""
    return value.get("value") if isinstance(value, dict) else value


def _point_is_rated(row: dict, letter: str | None, score: float | None) -> bool | None:
    if letter in values.RATED:
        return True
    found = values.is_rated(letter, score)
    if found is None and ("localRating" in row or "companyValue" in row):
        # "-1", "Not Rated": the service says that there is no score.
        return False
    return found


def _trends(report: dict) -> dict[str, Any]:
    trends = at(report, "additionalInformation", "trends")
    return {
        "profitability_trend": values.direction(at(trends, "profitability")),
        "liquidity_trend": values.direction(at(trends, "liquidity")),
        "net_worth_trend": values.direction(at(trends, "netWorth")),
        "payment_trend": values.payment_direction(
            at(report, "paymentData", "paymentTrend")
        ),
    }


# ------------------------------------------------------------------------- figures


def _figures(reading: _Reading) -> dict[str, Any]:
    report, summary = reading.report, reading.summary
    capital = report.get("shareCapitalStructure")
    shares = first(
        value if common.limit(at(value, "value")) is not None else None
        for value in (
            at(capital, "nominalShareCapital"),
            at(capital, "issuedShareCapital"),
        )
    )
    averages = at(report, "additionalInformation", "industryAverages")
    turnover = common.amount(at(summary, "latestTurnoverFigure", "value"))
    equity = common.amount(at(summary, "latestShareholdersEquityFigure", "value"))
    employees, year = _employees(report)
    return {
        "key_figures": _key_figures(report),
        "latest_turnover": turnover,
        "latest_turnover_currency": common.currency(
            at(summary, "latestTurnoverFigure", "currency")
        ),
        "latest_equity": equity,
        "latest_equity_currency": common.currency(
            at(summary, "latestShareholdersEquityFigure", "currency")
        ),
        "employees": employees,
        "employees_year": year,
        "workforce_label": first(
            parsing.text(reading.misc.get(key), 80)
            for key in ("workforceAccount", "numberOfEmployeesAtCompany")
        ),
        "capital": common.limit(at(shares, "value")),
        "capital_currency": common.currency(at(shares, "currency"))
        or common.currency(at(capital, "shareCapitalCurrency")),
        "industry_credit_limit": common.limit(at(averages, "creditLimit")),
        "industry_score": common.score(at(averages, "creditRating")),
    }


def _employees(report: dict) -> tuple[int | None, int | None]:
    """The latest known head count with its year."""
    found = [
        (parsing.year(row.get("year")) or 0, count)
        for row in rows(at(report, "otherInformation", "employeesInformation"))
        if (count := values.head_count(row.get("numberOfEmployees"))) is not None
    ]
    if not found:
        return None, None
    year, count = max(found)
    return count, year or None


#: Field of :class:`KeyFigures`: its path in a statement of the common layout.
_STATEMENT = {
    "turnover": ("profitAndLoss", "revenue"),
    "operating_profit": ("profitAndLoss", "operatingProfit"),
    "net_result": ("profitAndLoss", "profitAfterTax"),
    "equity": ("balanceSheet", "totalShareholdersEquity"),
    "net_worth": ("otherFinancials", "netWorth"),
    "working_capital": ("otherFinancials", "workingCapital"),
    "total_assets": ("balanceSheet", "totalAssets"),
    "cash": ("balanceSheet", "cash"),
    "debtor_days": ("ratios", "debtorDays"),
    "creditor_days": ("ratios", "creditorDays"),
    "current_ratio": ("ratios", "currentRatio"),
    "liquidity_ratio": ("ratios", "liquidityRatioOrAcidTest"),
}
#: The same in the French key figures, which come first, and in French accounts.
_FRENCH_KEY_FIGURES = {
    "turnover": ("turnover",),
    "net_result": ("netResult",),
    "equity": ("shareholdersEquity",),
    "gross_operating_surplus_rate": ("grossOperatingSurplus",),
}
_FRENCH_STATEMENT = {
    "turnover": ("profitAndLoss", "netTurnover"),
    "operating_profit": ("profitAndLoss", "operatingProfit"),
    "net_result": ("profitAndLoss", "netResult"),
    "equity": ("liabilities", "shareholdersEquity"),
    "net_worth": ("assets", "netWorth"),
    "total_assets": ("assets", "totalAssets"),
}


def _key_figures(report: dict) -> tuple[KeyFigures, ...]:
    """Figures by year, newest first; the first source that tells one is believed."""
    years: dict[date, dict[str, Any]] = {}
    sources = (
        (
            at(report, "additionalInformation", "keyFinancials"),
            "yearToDate",
            "employees",
            _FRENCH_KEY_FIGURES,
        ),
        (report.get("financialStatements"), "yearEndDate", None, _STATEMENT),
        (
            report.get("localFinancialStatements"),
            "yearEndDate",
            "numberOfEmployees",
            _FRENCH_STATEMENT,
        ),
    )
    for statements, day_key, employees_key, layout in sources:
        for row in rows(statements):
            day = common.day(row.get(day_key))
            if day is None:
                continue
            found = years.setdefault(day, {})
            told = {name: common.amount(at(row, *layout[name])) for name in layout}
            told["currency"] = common.currency(row.get("currency"))
            if employees_key:
                told["employees"] = values.head_count(row.get(employees_key))
            for name, value in told.items():
                if value is not None:
                    found.setdefault(name, value)
    return tuple(
        KeyFigures(period_end=day, **years[day])
        for day in sorted(years, reverse=True)
        if years[day]
    )


# ------------------------------------------------------------------------- contact


def _contact(reading: _Reading) -> dict[str, Any]:
    section = parsing.as_dict(reading.report.get("contactInformation"))
    country = reading.country
    main = section.get("mainAddress")
    if not isinstance(main, dict):
        main = reading.basic.get("contactAddress")
    others = _list(section.get("otherAddresses"))
    telephones = [at(place, "telephone") for place in (main, *others)]
    return {
        "address": values.address(main, country),
        "other_addresses": tuple(
            place
            for place in (values.address(row, country) for row in rows(others))
            if place != Address(country_code=place.country_code)
        ),
        "phones": tuple(
            phone for phone in parsing.texts(*telephones) if len(phone) <= 40
        ),
        "emails": tuple(
            email
            for email in parsing.texts(_list(section.get("emailAddresses")))
            if "@" in email
        ),
        "websites": parsing.texts(_list(section.get("websites"))),
        "branches": common.count(reading.misc.get("numberOfBranches")),
    }


# -------------------------------------------------------------------------- people


def _people(report: dict) -> dict[str, Any]:
    return {
        "officers": read_all(at(report, "directors", "currentDirectors"), _officer),
        "shareholders": read_all(
            at(report, "shareCapitalStructure", "shareHolders"), _shareholder
        ),
        "group": _group(parsing.as_dict(report.get("groupStructure"))),
    }


def _officer(row: dict) -> Officer | None:
    name = parsing.text(row.get("name"))
    functions = (
        parsing.text(position.get("positionName"))
        for position in rows(row.get("positions"))
    )
    return Officer(name=name, function=first(functions)) if name else None


def _shareholder(row: dict) -> Shareholder | None:
    name = parsing.text(row.get("name"))
    percent = common.score(row.get("percentSharesHeld"))
    return Shareholder(name=name, percent=percent) if name else None


def _group(section: dict) -> Group:
    return Group(
        ultimate_parent=_member(section.get("ultimateParent")),
        immediate_parent=_member(section.get("immediateParent")),
        subsidiaries=read_all(section.get("subsidiaryCompanies"), _member),
        affiliates=read_all(section.get("affiliatedCompanies"), _member),
    )


def _member(value: Any) -> GroupMember | None:
    name = parsing.text(at(value, "name"))
    if name is None:
        return None
    return GroupMember(
        name=name,
        country_code=common.country(at(value, "country")),
        registration_number=parsing.text(at(value, "regNo"), 60),
        bureau_id=parsing.text(at(value, "id"), 60),
        bureau_number=parsing.text(at(value, "safeNo"), 60),
    )


# -------------------------------------------------------------- judgments, payments


def _negative(report: dict) -> dict[str, Any]:
    section = parsing.as_dict(report.get("negativeInformation"))
    more = parsing.as_dict(report.get("additionalInformation"))
    return {
        "has_legal_facts": _is_section(report.get("negativeInformation")),
        "judgments": _judgments(section),
        "proceedings": _proceedings(section),
        "last_judgment_date": common.day(at(more, "misc", "lastJudgement")),
        "privileges": _privileges(
            parsing.as_dict(section.get("preferentialRightsDetails"))
        ),
        "payment": _payment(report),
        "company_exposure": common.amount(
            at(more, "exposureIndicator", "companyExposure")
        ),
        "activity_loss": common.amount(at(more, "exposureIndicator", "activityLoss")),
    }


def _judgments(section: dict) -> tuple[Judgment, ...]:
    return read_all(section.get("judgements"), _judgment)


def _judgment(row: dict) -> Judgment | None:
    code = at(row, "typeOfJudgement", "code")
    label = at(row, "typeOfJudgement", "value")
    found = Judgment(
        kind=common.proceeding_kind(code, label),
        decided_on=common.day(row.get("effectiveDate")),
        code=parsing.text(code, 10),
        label=parsing.text(label),
        court=parsing.text(row.get("court")),
        details=parsing.text(row.get("details"), LONG_TEXT),
    )
    return found if found != Judgment(kind="other") else None


def _proceedings(section: dict) -> tuple[Proceeding, ...]:
    procedures = section.get("collectiveProcedures")
    found = (
        _proceeding(row, source)
        for key, source in _PROCEEDING_SOURCES
        for row in rows(at(procedures, key))
    )
    return tuple(proceeding for proceeding in found if proceeding is not None)


def _proceeding(row: dict, source: str) -> Proceeding | None:
    label = parsing.text(row.get("judgment"))
    kind = common.proceeding_kind(None, label)
    found = Proceeding(
        kind=kind,
        decided_on=common.day(row.get("effectiveDate")),
        published_on=common.day(row.get("publicationDate")),
        label=label,
        court=parsing.text(row.get("court")),
        state="closed" if kind == "closure" else None,
        source=source,
        details=parsing.text(row.get("details"), LONG_TEXT),
    )
    return found if found != Proceeding(kind="other", source=source) else None


def _privileges(section: dict) -> Privileges:
    funds = section.get("socialSecurityAndPensionFunds")
    taxes = section.get("taxOffice")
    amounts = [amount for part in (funds, taxes) for amount in _claims(part)]
    return Privileges(
        number=common.count(section.get("numberOfActivePreferentialRights")),
        social_security=common.count(at(funds, "numberOfPreferentialRights")),
        tax_office=common.count(at(taxes, "numberOfPreferentialRights")),
        amount=sum(amounts) if amounts else None,
        monitoring_status=parsing.text(section.get("statusOfMonitoring")),
    )


def _claims(value: Any) -> Iterator[float]:
    """Amounts of the single claims, wherever a list of them stands."""
    for items in parsing.as_dict(value).values():
        for row in rows(items):
            amount = common.limit(row.get("amount"))
            if amount is not None:
                yield amount


def _payment(report: dict) -> PaymentBehaviour:
    data = parsing.as_dict(report.get("paymentData"))
    overdue = tuple(
        common.limit(data.get(f"balanceP{bracket}")) for bracket in (1, 2, 3, 4)
    )
    return PaymentBehaviour(
        dbt=_days(data.get("dbt")),
        industry_dbt=_days(data.get("industryDbt")),
        region_dbt=_days(at(report, "additionalInformation", "misc", "regionDbt")),
        average_monthly=common.limit(data.get("averageMonthlyBalance")),
        within_terms=common.limit(data.get("balanceWithinTerms")),
        recent_high=common.limit(data.get("recentHighBalance")),
        overdue=overdue if any(value is not None for value in overdue) else (),
        trade_lines=common.count(data.get("totalTradeLines")),
        trade_lines_outstanding=common.count(data.get("totalTradeLinesOutstanding")),
    )


def _days(value: Any) -> float | None:
    """Days beyond terms; before the term is below zero, no company pays years late."""
    return common.score(value, -365, 3650)


# ------------------------------------------------------------------------- remarks


def _remarks(report: dict) -> dict[str, Any]:
    more = parsing.as_dict(report.get("additionalInformation"))
    trend = parsing.as_dict(more.get("enquiriesTrend"))
    enquiries = tuple(
        common.count(trend.get(f"month{month}")) for month in range(1, 13)
    )
    return {
        "commentaries": read_all(more.get("commentaries"), _commentary),
        "history": read_all(more.get("companyHistory"), _history_entry),
        "gazettes": read_all(more.get("gazettes"), _gazette),
        "indicators": read_all(report.get("indicators"), _indicator),
        "enquiries": enquiries if any(n is not None for n in enquiries) else (),
    }


def _commentary(row: dict) -> Commentary | None:
    line = parsing.text(row.get("commentaryText"), LONG_TEXT)
    tone = common.snake(row.get("positiveOrNegative"))
    if line is None:
        return None
    return Commentary(
        text=line, tone=tone if tone in ("positive", "negative") else None
    )


def _history_entry(row: dict) -> HistoryEntry | None:
    line = parsing.text(row.get("description"), LONG_TEXT)
    day = common.day(row.get("date"))
    return HistoryEntry(text=line, happened_on=day) if line else None


def _gazette(row: dict) -> HistoryEntry | None:
    parts = parsing.texts(*map(row.get, ("type", "description", "court", "detail")))
    if not parts:
        return None
    day = common.day(row.get("publicationDate"))
    return HistoryEntry(text=" – ".join(parts), happened_on=day)


def _indicator(row: dict) -> Indicator | None:
    kind = parsing.text(row.get("type"), 20)
    if kind is None:
        return None
    return Indicator(
        type=kind,
        value=parsing.text(row.get("value"), 80),
        changed_on=common.day(row.get("changeDate")),
        sector_average=parsing.text(at(row, "industryComparison", "sectorAverage"), 80),
    )
