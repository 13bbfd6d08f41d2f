"""What Creditsafe's monitoring tells, row by row: portfolios, companies, events.

Readers give ``None`` for a row without the number that names it.
"""

from functools import lru_cache
from typing import Any

from . import credit_values as common
from . import creditsafe_values as values
from . import parsing
from .credit_monitoring import (
    EventRule,
    MonitoringEvent,
    Portfolio,
    PortfolioCompany,
    SharingPermission,
)
from .credit_values import at, first, rows
from .datatypes import RejectedRecord
from .text import fold

#: What rules are about by their code: those of all countries, then some of one's own.
_KINDS_BY_CODE = {
    101: "rating",
    102: "limit",
    104: "name",
    105: "address",
    107: "officers",
}
_KINDS_BY_COUNTRY = {
    ("FR", 302): "status",
    ("FR", 704): "financials",
    ("FR", 802): "capital",
}
#: The other rules' codes are not public: their names tell, in this order.
_KINDS_BY_WORD = (
    ("privileges", ("PRIVILEGE", "PREFERENTIAL")),
    (
        "proceedings",
        (
            "COLLECTIVE",
            "INSOLVEN",
            "JUDGMENT",
            "JUDGEMENT",
            "JUGEMENT",
            "LIQUIDATION",
            "REDRESSEMENT",
            "SAFEGUARD",
            "SAUVEGARDE",
        ),
    ),
    ("limit", ("LIMIT",)),
    ("rating", ("RATING", "SCORE", "NOTATION")),
    ("payment", ("DBT", "PAYMENT", "PAIEMENT")),
    ("capital", ("CAPITAL",)),
    ("financials", ("FINANCIAL", "ACCOUNTS", "BILAN", "COMPTES")),
    ("officers", ("DIRECTOR", "DIRIGEANT")),
    ("address", ("ADDRESS", "ADRESSE")),
    ("status", ("STATUS", "STATUT", "CEASED", "CLOSED")),
    ("name", ("COMPANY NAME", "RAISON SOCIALE", "DENOMINATION")),
)


def rejected(row: Any) -> RejectedRecord:
    """A row that cannot be read, by the name that it has."""
    name = first(
        parsing.text(value, 80)
        for value in (at(row, "company", "id"), at(row, "name"), at(row, "eventId"))
    )
    return RejectedRecord(name, "The row has no identifier.")


def portfolio(row: dict, *, is_foreign: bool = False) -> Portfolio | None:
    """A portfolio, one's own or (``is_foreign``) shared by a colleague."""
    number = common.identifier(row.get("portfolioId"))
    if number is None:
        return None
    emails = (
        first((mail.get("emailAddress"), mail.get("email")))
        for mail in rows(row.get("emails"))
    )
    return Portfolio(
        id=number,
        name=parsing.text(row.get("name")),
        is_default=parsing.flag(row.get("isDefault")),
        is_shared=parsing.flag(row.get("isSharedPortfolio")),
        is_foreign=is_foreign,
        email_subject=parsing.text(row.get("emailSubject")),
        emails=parsing.texts(*emails),
    )


def portfolio_company(row: dict) -> PortfolioCompany | None:
    """A company of a portfolio with its present rating and limit."""
    bureau_id = first(parsing.text(row.get(key), 60) for key in ("id", "connectId"))
    bureau_number = parsing.text(row.get("safeNumber"), 60)
    if bureau_id is None and bureau_number is None:
        return None
    letter = values.letter(row.get("ratingCommon"))
    local = parsing.text(row.get("ratingLocal"))
    score = common.score(local)
    rated = True if letter in values.RATED else values.is_rated(letter, score)
    failing = None
    if rated or score is not None:
        failing = not rated
    return PortfolioCompany(
        bureau_id=bureau_id,
        bureau_number=bureau_number,
        siren=values.siren_of_id(bureau_id),
        name=parsing.text(row.get("name")),
        address_text=parsing.text(row.get("address")),
        country_code=common.country(row.get("countryCode")),
        portfolio_id=common.identifier(row.get("portfolioId")),
        rating=letter,
        local_rating=local,
        score=score,
        is_rated=rated,
        is_failing=failing,
        limit=common.limit(row.get("creditLimit")),
        status=values.status(row.get("companyStatus")),
        status_code=parsing.text(row.get("companyStatus"), 40),
        last_event_at=parsing.moment(row.get("dateLastEvent")),
        added_at=parsing.moment(row.get("dateAdded")),
        modified_at=parsing.moment(row.get("dateModified")),
        personal_reference=parsing.text(row.get("personalReference")),
        personal_limit=parsing.text(row.get("personalLimit"), 40),
        free_text=parsing.text(row.get("freeText")),
    )


def sharing_permission(row: dict) -> SharingPermission | None:
    """Who may do what in a portfolio."""
    user = common.identifier(row.get("csUserId"))
    if user is None:
        return None
    told = first(parsing.text(row.get(key)) for key in ("permission", "permissions"))
    parts = (part.strip() for part in (told or "").split(","))
    return SharingPermission(
        user_id=user,
        user_name=parsing.text(row.get("userName")),
        permissions=tuple(part for part in parts if part),
    )


def event_rule(row: dict) -> EventRule | None:
    """A rule: what is told of, and whether it is."""
    code = common.count(row.get("ruleCode"))
    if code is None:
        return None
    country = common.country(row.get("ruleCountryCode"))
    name = parsing.text(row.get("name"))
    return EventRule(
        code=code,
        country_code=country,
        is_active=parsing.flag(row.get("isActive")),
        name=name,
        kind=_kind(code, country, name),
        type_code=common.count(row.get("ruleType")),
        type_name=parsing.text(row.get("ruleTypeName")),
        params=tuple(
            parsing.text(row.get(f"param{number}"), 80)
            for number in range(3)
            if f"param{number}" in row
        ),
    )


def notification_event(row: dict) -> MonitoringEvent | None:
    """An event of a portfolio's list; its company is a part of the row."""
    number = common.identifier(row.get("notificationEventId"))
    if number is None:
        return None
    return _event(row, number, parsing.as_dict(row.get("company")))


def company_event(row: dict) -> MonitoringEvent | None:
    """An event of one company's list."""
    number = common.identifier(row.get("eventId"))
    if number is None:
        return None
    company = {
        "safeNumber": row.get("companyId"),
        "portfolioId": row.get("portfolioId"),
    }
    return _event(row, number, company)


def _event(row: dict, number: int, company: dict) -> MonitoringEvent:
    rule = common.count(row.get("ruleCode"))
    name = parsing.text(row.get("ruleName"))
    country = common.country(company.get("countryCode"))
    bureau_id = parsing.text(company.get("id"), 60)
    old, new = row.get("oldValue"), row.get("newValue")
    kind = _kind(rule, country, name)
    return MonitoringEvent(
        id=number,
        event_id=common.identifier(row.get("eventId")),
        kind=kind,
        rule_code=rule,
        rule_name=name,
        bureau_id=bureau_id,
        bureau_number=parsing.text(company.get("safeNumber"), 60),
        siren=_siren(country, bureau_id),
        company_name=parsing.text(company.get("name")),
        country_code=country,
        portfolio_id=common.identifier(company.get("portfolioId")),
        portfolio_name=parsing.text(company.get("portfolioName")),
        happened_at=parsing.moment(row.get("eventDate")),
        created_at=parsing.moment(row.get("createdDate")),
        mailed_at=parsing.moment(row.get("processedDate")),
        old_value=_event_value(old),
        new_value=_event_value(new),
        old_number=common.amount(old),
        new_number=common.amount(new),
        **_parts(kind, old, new),
        local_code=parsing.text(row.get("localEventCode"), 40),
        global_code=parsing.text(row.get("globalEventCode"), 40),
        summary=first(parsing.text(row.get(key)) for key in ("summary", "ruleText")),
    )


def _kind(code: int | None, country: str | None, name: str | None) -> str | None:
    """What a rule is about: by its code, or else by the words of its name."""
    found = _KINDS_BY_CODE.get(code) or _KINDS_BY_COUNTRY.get((country, code))
    return found or _kind_of_words(name)


@lru_cache(maxsize=1024)
def _kind_of_words(name: str | None) -> str | None:
    words = fold(name)
    for kind, marks in _KINDS_BY_WORD:
        if any(mark in words for mark in marks):
            return kind
    return None


def _siren(country: str | None, bureau_id: str | None) -> str | None:
    """The SIREN that a French connectId (``FR-X-<SIRET>``) holds."""
    if country != "FR" or bureau_id is None:
        return None
    return common.siren_and_siret(country, bureau_id.rpartition("-")[2])[0]


def _parts(kind: str | None, old: Any, new: Any) -> dict[str, Any]:
    """What the values of an event say, by its kind.

    A rule of ratings tells letters or, for France, national scores: no letter is made
    of a score.
    """
    if kind == "rating":
        return {
            "old_rating": values.letter(old),
            "new_rating": values.letter(new),
            "old_score": common.score(old),
            "new_score": common.score(new),
        }
    if kind == "status":
        return {"new_status": values.status(new)}
    if kind == "proceedings":
        ruling = common.proceeding_kind(None, new)
        return {"ruling": ruling if ruling != "other" else None}
    return {}


def _event_value(value: Any) -> str | None:
    """A value as text; one that came as a number is written without an exponent."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        number = common.amount(value)
        if number is None:
            return None
        return f"{number:.0f}" if number.is_integer() else str(number)
    return parsing.text(value, 2000)
