"""What every bureau's monitoring answers: portfolios, companies, rules, events."""

from dataclasses import dataclass
from datetime import date, datetime

from .credit import CreditFacts
from .datatypes import RejectedRecord


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A list of monitored companies at the bureau.

    ``is_shared``: the owner shares it with others; ``is_foreign``: somebody else's,
    shared with this account. ``emails`` are those who get the bureau's own mails.
    """

    id: int
    name: str | None = None
    is_default: bool | None = None
    is_shared: bool | None = None
    is_foreign: bool = False
    email_subject: str | None = None
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PortfolioCompany:
    """A monitored company with what the bureau thinks of it now, free of charge.

    ``siren`` is what a French company's identifier tells of it, ``None`` when nothing.
    ``rating`` is the letter A–E, ``local_rating`` the national score as text and
    ``score`` the same when it is a number from 0 to 100; ``limit`` has no currency
    here. ``is_rated`` and ``is_failing`` as in ``CreditFacts``; a company of letter E
    without a score may be either, so ``is_failing`` is ``None``. ``status`` is that of
    ``CreditFacts`` where ``status_code``, what the bureau writes, is one of its words.
    Moments are aware UTC.
    """

    bureau_id: str | None = None
    bureau_number: str | None = None
    siren: str | None = None
    name: str | None = None
    address_text: str | None = None
    country_code: str | None = None
    portfolio_id: int | None = None
    rating: str | None = None
    local_rating: str | None = None
    score: float | None = None
    is_rated: bool | None = None
    is_failing: bool | None = None
    limit: float | None = None
    status: str | None = None
    status_code: str | None = None
    last_event_at: datetime | None = None
    added_at: datetime | None = None
    modified_at: datetime | None = None
    personal_reference: str | None = None
    personal_limit: str | None = None
    free_text: str | None = None


#: What events and event rules are about, as far as it can be told.
EVENT_KINDS = (
    "rating",
    "limit",
    "name",
    "address",
    "officers",
    "status",
    "proceedings",
    "privileges",
    "payment",
    "financials",
    "capital",
)


@dataclass(frozen=True, slots=True)
class EventRule:
    """A sort of event that a portfolio may be told of.

    ``kind`` is one of :data:`EVENT_KINDS` or ``None``. ``country_code`` is ``XX`` for
    rules of all countries; ``params`` are up to three values that stand for ``{0}``,
    ``{1}``, ``{2}`` in the name.
    """

    code: int
    country_code: str | None = None
    is_active: bool | None = None
    name: str | None = None
    type_code: int | None = None
    type_name: str | None = None
    kind: str | None = None
    params: tuple[str | None, ...] = ()


#: What an event may say of now: fields of ``CreditFacts``, of its ``payment``
#: (``paydex``, ``dbt``) and of its ``privileges`` (``has_open_privileges``).
EVENT_FACTS = (
    "score",
    "credit_limit",
    "paydex",
    "dbt",
    "status",
    "name",
    "has_open_privileges",
    "has_open_proceedings",
)


@dataclass(frozen=True, slots=True)
class MonitoringEvent:
    """Something that happened to a monitored company.

    * ``id``: unique for an event in a portfolio: what to recognise it by
    * ``event_id``: the same in all portfolios
    * ``kind``: one of :data:`EVENT_KINDS`; ``None`` when ``rule_code`` and
      ``rule_name`` do not tell
    * ``old_value``, ``new_value``: as the bureau writes them; ``old_number`` and
      ``new_number`` the same when they are numbers
    * ``old_rating``, ``new_rating``: letters, of events that tell them; ``old_score``,
      ``new_score``: national scores from 0 to 100, of those of kind ``rating``
    * ``new_status``: as ``CreditFacts.status``, of kind ``status``
    * ``ruling``: as ``Judgment.kind``, of kind ``proceedings``; ``None`` when the words
      do not tell
    * ``happened_at``, ``created_at``: aware UTC; the bureau learnt of it at the latter
    * ``change_type``, ``element``: what D&B tells instead of a rule: ``update``,
      ``seed`` (the state at the start), ``delete``, ``transfer``, ``undelete``,
      ``reviewed``, ``exit``, ``removed``; and the path of the value in its answers
    * ``fact``, ``fact_value``: what the event says holds now, ready to be stored
      without a report: one of :data:`EVENT_FACTS` with its value; ``None`` when the
      event alone does not tell
    """

    id: int
    event_id: int | None = None
    kind: str | None = None
    rule_code: int | None = None
    rule_name: str | None = None
    bureau_id: str | None = None
    bureau_number: str | None = None
    siren: str | None = None
    company_name: str | None = None
    country_code: str | None = None
    portfolio_id: int | None = None
    portfolio_name: str | None = None
    happened_at: datetime | None = None
    created_at: datetime | None = None
    mailed_at: datetime | None = None
    old_value: str | None = None
    new_value: str | None = None
    old_number: float | None = None
    new_number: float | None = None
    old_rating: str | None = None
    new_rating: str | None = None
    old_score: float | None = None
    new_score: float | None = None
    new_status: str | None = None
    ruling: str | None = None
    local_code: str | None = None
    global_code: str | None = None
    summary: str | None = None
    change_type: str | None = None
    element: str | None = None
    fact: str | None = None
    fact_value: float | str | bool | None = None


@dataclass(frozen=True, slots=True)
class NotificationBatch:
    """What one pull of a notification queue brought.

    ``raw`` is the answer as it came: keep it before the next pull, which may not bring
    it again. ``notifications`` counts its messages: 0 is the end of the queue.
    """

    raw: bytes
    events: tuple[MonitoringEvent, ...] = ()
    rejected: tuple[RejectedRecord, ...] = ()
    notifications: int = 0
    seeds: tuple[CreditFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class RiskSummary:
    """How many companies of a portfolio are in each rating, ``(letter, number)``."""

    total: int | None = None
    by_rating: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class CopyResult:
    """Outcome of copying or moving companies between portfolios."""

    attempted: int | None = None
    succeeded: int | None = None
    failed: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SharingPermission:
    """What another user of the account may do in a portfolio (``View``, ``Add``…)."""

    user_id: int
    user_name: str | None = None
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MonitoringUser:
    """The account as the bureau's monitoring knows it.

    ``is_auto_tracker``: each company whose report is bought is put by the bureau into
    the default portfolio.
    """

    user_id: int | None = None
    customer_id: int | None = None
    country_code: str | None = None
    language: str | None = None
    is_auto_tracker: bool | None = None
    contract_ends_on: date | None = None
