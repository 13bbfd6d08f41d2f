"""What every credit bureau answers: facts of a company, history, candidates, counters.

``None`` always means *not known*, never zero; an empty tuple of a list that a bureau
did not send is told apart by ``CreditFacts.missing_sections``. Amounts are in units of
their currency (ISO 4217). Paths in the comments are Creditsafe's, below ``report``,
or, where ``D&B`` says so, those of Direct+ below ``organization``.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from .datatypes import Address, RejectedRecord

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list.

    ``total`` counts all pages' items (``None``: not told), ``next_page`` is the number
    to ask for next (``None``: this is the last one), ``rejected`` are the rows that
    could not be read.
    """

    items: tuple[Item, ...]
    total: int | None = None
    next_page: int | None = None
    rejected: tuple[RejectedRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class ScorePoint:
    """Rating, score and limit of a company on a day, as the bureau's history has it.

    ``score`` lies within the facts' scale; ``None`` is a gap (not rated, not told).
    ``is_rated`` is ``None`` when the point tells a limit only. ``paydex`` and ``delay``
    (days beyond terms on average) are as in :class:`PaymentBehaviour`.
    """

    date: date
    rating: str | None = None
    score: float | None = None
    limit: float | None = None
    currency: str | None = None
    is_rated: bool | None = None
    paydex: int | None = None
    delay: float | None = None


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """A company's accounts of one year; ``employees`` is a head count.

    ``gross_operating_surplus_rate`` is in percent of turnover, days are days.
    """

    period_end: date
    currency: str | None = None
    turnover: float | None = None
    operating_profit: float | None = None
    net_result: float | None = None
    equity: float | None = None
    net_worth: float | None = None
    working_capital: float | None = None
    total_assets: float | None = None
    cash: float | None = None
    gross_operating_surplus_rate: float | None = None
    debtor_days: float | None = None
    creditor_days: float | None = None
    current_ratio: float | None = None
    liquidity_ratio: float | None = None
    employees: int | None = None


@dataclass(frozen=True, slots=True)
class Officer:
    """Who leads a company: name and function, nothing else is read."""

    name: str
    function: str | None = None


@dataclass(frozen=True, slots=True)
class Shareholder:
    """Who owns a company; ``percent`` of its shares (0–100)."""

    name: str
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class GroupMember:
    """Another company of the same group."""

    name: str
    country_code: str | None = None
    registration_number: str | None = None
    bureau_id: str | None = None
    bureau_number: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A company's place in its group."""

    ultimate_parent: GroupMember | None = None
    immediate_parent: GroupMember | None = None
    subsidiaries: tuple[GroupMember, ...] = ()
    affiliates: tuple[GroupMember, ...] = ()


#: Kinds of judgments and proceedings; others are ``other``.
PROCEEDING_KINDS = (
    "safeguard",
    "receivership",
    "liquidation",
    "plan",
    "closure",
    "conciliation",
    "insolvency",
    "debt_ruling",
    "other",
)


@dataclass(frozen=True, slots=True)
class Judgment:
    """A court's ruling; ``kind`` of :data:`PROCEEDING_KINDS`, ``code`` the bureau's."""

    kind: str
    decided_on: date | None = None
    code: str | None = None
    label: str | None = None
    court: str | None = None
    details: str | None = None


@dataclass(frozen=True, slots=True)
class Proceeding:
    """A step of collective proceedings, as one of the bureau's sources tells it.

    ``state`` is ``closed`` when it ends the proceedings, ``None`` when that is not
    told; ``source`` is ``court``, ``register``, ``gazette`` or ``other``.
    """

    kind: str
    decided_on: date | None = None
    published_on: date | None = None
    label: str | None = None
    court: str | None = None
    state: str | None = None
    source: str | None = None
    details: str | None = None


@dataclass(frozen=True, slots=True)
class Privileges:
    """Registered preferential claims: numbers, and their amount where it is told.

    ``has_open`` is all that some bureaus tell: whether there are any.
    """

    number: int | None = None
    social_security: int | None = None
    tax_office: int | None = None
    amount: float | None = None
    monitoring_status: str | None = None
    has_open: bool | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentBehaviour:
    """How a company pays its suppliers.

    ``dbt``, ``industry_dbt``, ``region_dbt``: days beyond terms on average. Balances
    are amounts owed to suppliers: ``overdue`` by age (four brackets, youngest first),
    ``within_terms``, ``average_monthly``, ``recent_high``. ``paydex`` is D&B's index
    from 1 to 100 (100: 30 days early, 80: on terms, 50: 30 days late), which is no
    number of days; ``industry_paydex`` the median of the sector, ``overdue_total``
    what is overdue at any age.
    """

    dbt: float | None = None
    industry_dbt: float | None = None
    region_dbt: float | None = None
    average_monthly: float | None = None
    within_terms: float | None = None
    recent_high: float | None = None
    overdue: tuple[float | None, ...] = ()
    trade_lines: int | None = None
    trade_lines_outstanding: int | None = None
    paydex: int | None = None
    previous_paydex: int | None = None
    industry_paydex: int | None = None
    paydex_on: date | None = None
    overdue_total: float | None = None


@dataclass(frozen=True, slots=True)
class RiskClass:
    """A bureau's own class of a risk, beside its score.

    ``kind`` is ``failure`` (1–5, 1 the best), ``delinquency`` (the same, of paying
    late) or ``risk_indicator`` (1–4, 1 the best); ``percentile`` is the share of
    companies that are worse (1–100). ``rating`` is the whole mark (``5A3``).
    """

    kind: str
    value: int | None = None
    percentile: int | None = None
    rating: str | None = None
    label: str | None = None
    assessed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Commentary:
    """A remark of the bureau; ``tone`` is ``positive``, ``negative`` or ``None``."""

    text: str
    tone: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """Something that happened to a company, in the bureau's words."""

    text: str
    happened_on: date | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """An optional indicator of the bureau (``pbi``, ``pei``, ``fsi``, ``eti``)."""

    type: str
    value: str | None = None
    changed_on: date | None = None
    sector_average: str | None = None


@dataclass(frozen=True, slots=True)
class CreditFacts:
    """A company as a bureau knows it on a day.

    * ``rating`` is the international letter A–E, read and never computed. A company
      of letter E is either failing (score 0, closed, insolvent) or just not rated:
      ``is_rated`` and ``is_failing`` tell which; both are ``None`` when nothing does.
    * ``score`` lies between ``score_min`` and ``score_max``, or is ``None``.
    * ``credit_limit`` is what the bureau advises to have open at most,
      ``contract_limit`` the size of a contract, both ≥ 0.
    * trends are ``up``, ``flat``, ``down`` or ``None`` (not disclosed); ``up`` is
      always the better side.
    * ``status`` is ``active``, ``ceased``, ``pending`` or ``other``.
    * ``score_20`` is the same bureau's score from 0 to 20, where it gives both.
    * ``has_legal_facts`` tells whether judgments, proceedings and privileges were told
      at all: without it, no proceedings are not *none*. ``has_open_proceedings`` is
      what a bureau says outright, ``None`` where only the single steps are told.
    """

    # Identifiers
    bureau_id: str | None = None  # companyId (connectId)
    bureau_number: str | None = None  # companySummary.companyNumber (Safe Number)
    country_code: str | None = None  # companySummary.country
    registration_number: str | None = None  # basicInformation.companyRegistrationNumber
    siren: str | None = None  # additionalInformation.misc.courtRegistryNumber
    siret: str | None = None  # basicInformation.companyRegistrationNumber
    vat_number: str | None = None  # basicInformation.vatRegistrationNumber
    rcs: str | None = None  # additionalInformation.misc.rcsRegistration
    commercial_court: str | None = None  # basicInformation.commercialCourt

    # Names and status
    name: str | None = None  # companySummary.businessName
    legal_name: str | None = None  # basicInformation.registeredCompanyName
    trade_names: tuple[str, ...] = ()  # basicInformation.tradingNames
    acronym: str | None = None  # basicInformation.acronym
    previous_names: tuple[str, ...] = ()  # companyIdentification.previousNames[].name
    status: str | None = None  # companySummary.companyStatus.status
    status_description: str | None = None  # companySummary.companyStatus.description
    registration_date: date | None = None  # basicInformation.companyRegistrationDate
    operations_start_date: date | None = None  # basicInformation.operationsStartDate
    deregistration_date: date | None = None  # misc.deregistrationDate

    # Rating: creditScore.currentCreditRating, else companySummary.creditRating
    rating: str | None = None  # commonValue
    rating_description: str | None = None  # commonDescription
    provider_description: str | None = None  # providerDescription
    is_rated: bool | None = None
    is_failing: bool | None = None
    score: float | None = None  # providerValue.value
    score_min: float = 0.0  # providerValue.minValue
    score_max: float = 100.0  # providerValue.maxValue
    score_20: float | None = None  # Altares: scoreVingt
    industry_score_20: float | None = None  # Altares: scoreSectorielVingt
    risk_classes: tuple[RiskClass, ...] = ()  # D&B: dnbAssessment
    probability_of_default: float | None = None  # pod, as the bureau gives it
    assessment: str | None = None  # assessment
    credit_limit: float | None = None  # creditLimit.value
    credit_limit_currency: str | None = None  # creditLimit.currency
    contract_limit: float | None = None  # creditScore.currentContractLimit.value
    contract_limit_currency: str | None = None
    # creditScore.previousCreditRating
    previous_rating: str | None = None
    previous_rating_description: str | None = None
    previous_score: float | None = None
    previous_credit_limit: float | None = None
    previous_credit_limit_currency: str | None = None
    rating_changed_on: date | None = None  # creditScore.latestRatingChangeDate
    score_history: tuple[ScorePoint, ...] = ()  # additionalInformation.ratingHistory

    # Trends
    profitability_trend: str | None = None  # additionalInformation.trends.profitability
    liquidity_trend: str | None = None  # additionalInformation.trends.liquidity
    net_worth_trend: str | None = None  # additionalInformation.trends.netWorth
    payment_trend: str | None = None  # paymentData.paymentTrend

    # Figures
    key_figures: tuple[KeyFigures, ...] = ()  # keyFinancials, financialStatements
    latest_turnover: float | None = None  # companySummary.latestTurnoverFigure
    latest_turnover_currency: str | None = None
    latest_equity: float | None = None  # companySummary.latestShareholdersEquityFigure
    latest_equity_currency: str | None = None
    employees: int | None = None  # otherInformation.employeesInformation
    employees_year: int | None = None
    workforce_label: str | None = None  # misc.workforceAccount
    capital: float | None = None  # shareCapitalStructure.nominalShareCapital
    capital_currency: str | None = None
    industry_credit_limit: float | None = None  # industryAverages.creditLimit
    industry_score: float | None = None  # industryAverages.creditRating

    # Identity
    activity_code: str | None = None  # companySummary.mainActivity.code
    activity_label: str | None = None  # companySummary.mainActivity.description
    activity_nomenclature: str | None = None  # mainActivity.classification
    naf: str | None = None  # the same with its dot, when it is a French code
    legal_form: str | None = None  # basicInformation.legalForm.providerCode
    legal_form_label: str | None = None  # basicInformation.legalForm.description
    address: Address = field(default_factory=Address)  # contactInformation.mainAddress
    other_addresses: tuple[Address, ...] = ()  # contactInformation.otherAddresses
    phones: tuple[str, ...] = ()  # telephone of the addresses
    emails: tuple[str, ...] = ()  # contactInformation.emailAddresses
    websites: tuple[str, ...] = ()  # contactInformation.websites
    branches: int | None = None  # misc.numberOfBranches
    officers: tuple[Officer, ...] = ()  # directors.currentDirectors
    shareholders: tuple[Shareholder, ...] = ()  # shareCapitalStructure.shareHolders
    group: Group = field(default_factory=Group)  # groupStructure

    # What went wrong
    has_legal_facts: bool = False  # negativeInformation; D&B: legalEvents
    has_open_proceedings: bool | None = None  # D&B: legalEvents.hasOpenBankruptcy …
    judgments: tuple[Judgment, ...] = ()  # negativeInformation.judgements
    proceedings: tuple[Proceeding, ...] = ()  # negativeInformation.collectiveProcedures
    last_judgment_date: date | None = None  # misc.lastJudgement
    # negativeInformation.preferentialRightsDetails
    privileges: Privileges = field(default_factory=Privileges)
    payment: PaymentBehaviour = field(default_factory=PaymentBehaviour)  # paymentData
    company_exposure: float | None = None  # exposureIndicator.companyExposure
    activity_loss: float | None = None  # exposureIndicator.activityLoss
    commentaries: tuple[Commentary, ...] = ()  # additionalInformation.commentaries
    history: tuple[HistoryEntry, ...] = ()  # additionalInformation.companyHistory
    gazettes: tuple[HistoryEntry, ...] = ()  # additionalInformation.gazettes
    indicators: tuple[Indicator, ...] = ()  # indicators
    #: Enquiries about the company in each of the last twelve months, last one first.
    enquiries: tuple[int | None, ...] = ()  # additionalInformation.enquiriesTrend

    #: Sections (``creditScore``…) that the answer does not have.
    missing_sections: tuple[str, ...] = ()
    #: Sections that the bureau says it failed to deliver (``failedSections``).
    failed_sections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PaidAnswer:
    """A report as it arrived, before anything is made of it: what is worth keeping.

    ``content`` is JSON (with the PDF inside, if that was asked for) or a PDF.
    """

    content: bytes
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class CreditReport:
    """A report read.

    ``raw`` is the JSON answer without its PDF, from which the facts can be made again
    (``None`` of a PDF alone); ``ordered_at`` is an aware UTC moment.
    """

    facts: CreditFacts | None = None
    raw: dict[str, Any] | None = None
    pdf: bytes | None = None
    ordered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CreditCandidate:
    """A company that a bureau's search found.

    ``office_type`` is ``head_office``, ``branch``… in lower case with underscores;
    ``match_score`` is the bureau's own (Creditsafe's match: 898 and above are good).
    """

    bureau_id: str
    name: str | None = None
    bureau_number: str | None = None
    country_code: str | None = None
    registration_number: str | None = None
    siren: str | None = None
    siret: str | None = None
    vat_numbers: tuple[str, ...] = ()
    trade_names: tuple[str, ...] = ()
    previous_names: tuple[str, ...] = ()
    status: str | None = None
    status_description: str | None = None
    office_type: str | None = None
    company_type: str | None = None
    address: Address = field(default_factory=Address)
    address_text: str | None = None
    phones: tuple[str, ...] = ()
    websites: tuple[str, ...] = ()
    activity_code: str | None = None
    latest_accounts_on: date | None = None
    last_changed_on: date | None = None
    match_score: float | None = None

    @property
    def is_head_office(self) -> bool | None:
        """Whether the row is a company's seat; ``None`` when the bureau is silent."""
        if self.office_type is None:
            return None
        return self.office_type in ("head_office", "registered", "single_office")


@dataclass(frozen=True, slots=True)
class CriteriaSet:
    """Terms that a bureau's search takes together in a country.

    ``terms`` and those ``required`` among them are named like the arguments of
    ``search``; ``statuses`` are the values of ``status`` (empty: not said which).
    """

    terms: frozenset[str]
    required: frozenset[str] = frozenset()
    statuses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessCounter:
    """What a contract allows and how much of it is used.

    ``service`` is ``reports``, ``monitoring``, ``offline_reports``…; ``country_code``
    is empty for services that are not by country.
    """

    service: str
    name: str | None = None
    country_code: str | None = None
    template: str | None = None
    starts_on: date | None = None
    expires_on: date | None = None
    paid: int | None = None
    used: int | None = None

    @property
    def remaining(self) -> int | None:
        """Units left, ``None`` when the service does not say."""
        if self.paid is None or self.used is None:
            return None
        return max(self.paid - self.used, 0)


@dataclass(frozen=True, slots=True)
class ReportOption:
    """A parameter that a country's report takes or requires (a German reason code).

    ``values`` pairs each allowed value with its description, where there is one.
    """

    key: str
    is_required: bool = False
    values: tuple[tuple[str, str | None], ...] = ()
