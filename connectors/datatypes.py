"""What the connectors answer, whatever the service: frozen, typed, documented.

``None`` always means *not known*: a service's null, mask (``[ND]``) or nonsense
never becomes a value.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address in the register's words.

    ``country_code`` is ISO 3166 alpha-2; overseas departments and territories have
    their own (``RE``, ``GP``, ``BL``…). ``commune_code`` is INSEE's (5 characters).
    """

    street: str | None = None
    street2: str | None = None
    zip: str | None = None
    city: str | None = None
    country_code: str | None = None
    commune_code: str | None = None
    department_code: str | None = None


@dataclass(frozen=True, slots=True)
class Establishment:
    """An establishment with its legal unit, as a register gives it.

    * ``siren`` 9 digits, ``siret`` 14 digits, ``head_office_siret`` that of the seat
    * ``is_head_office``: whether this establishment is the seat
    * ``establishment_state``: ``active`` or ``closed``
    * ``unit_state``: ``active`` or ``ceased``
    * ``legal_name``: name of the legal unit; of a sole trader, first name and name
    * ``trade_names``: usual names and signs of unit and establishment
    * ``naf``: ``62.02A`` with its nomenclature (``NAFRev2``, ``NAF2025``…), of the
      establishment, of the unit when that one is not known
    * ``legal_form``: INSEE's four-digit code
    * ``category``: ``PME``, ``ETI`` or ``GE`` with its year
    * ``workforce``: INSEE's bracket code of the legal unit (``NN``, ``00`` … ``53``)
      with its year
    * ``last_processed``: when the register last processed establishment or unit,
      the later one (day)
    * ``is_partial``: partial disclosure, what is masked is ``None``
    * ``turnover``: euros of ``turnover_year``, where the source has it
    """

    siren: str
    siret: str
    is_head_office: bool | None = None
    head_office_siret: str | None = None
    establishment_state: str | None = None
    unit_state: str | None = None
    legal_name: str | None = None
    acronym: str | None = None
    trade_names: tuple[str, ...] = ()
    is_sole_trader: bool = False
    is_partial: bool = False
    naf: str | None = None
    naf_nomenclature: str | None = None
    naf_label: str | None = None
    legal_form: str | None = None
    legal_form_label: str | None = None
    category: str | None = None
    category_year: int | None = None
    workforce: str | None = None
    workforce_year: int | None = None
    unit_creation_date: date | None = None
    establishment_creation_date: date | None = None
    last_processed: date | None = None
    address: Address = field(default_factory=Address)
    turnover: float | None = None
    turnover_year: int | None = None
    vat_numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """A record of an answer that could not be read: set aside with its reason."""

    identifier: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class EstablishmentPage:
    """Establishments of one answer.

    ``total`` counts all that match at the service (may exceed what can be paged).
    ``next_cursor`` is what ``search`` takes as ``after`` for the next page, ``None``
    on the last one.
    """

    establishments: tuple[Establishment, ...]
    total: int
    rejected: tuple[RejectedRecord, ...] = ()
    next_cursor: str | None = None

    @classmethod
    def joined(cls, pages: Sequence["EstablishmentPage"]) -> "EstablishmentPage":
        """The pages of several answers as one, which is the last."""
        return cls(
            tuple(chain.from_iterable(page.establishments for page in pages)),
            sum(page.total for page in pages),
            tuple(chain.from_iterable(page.rejected for page in pages)),
        )


@dataclass(frozen=True, slots=True)
class SearchCriteria:
    """What a person looks for; every field is optional, all given ones must hold.

    ``departments``, ``naf_codes``, ``legal_forms``, ``workforces``, ``categories``
    hold codes as in :class:`Establishment`.
    """

    name: str | None = None
    siren: str | None = None
    siret: str | None = None
    street: str | None = None
    zip: str | None = None
    city: str | None = None
    departments: tuple[str, ...] = ()
    naf_codes: tuple[str, ...] = ()
    legal_forms: tuple[str, ...] = ()
    workforces: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    active_only: bool = False
    head_offices_only: bool = False
    disclosed_only: bool = False


@dataclass(frozen=True, slots=True)
class MatchRate:
    """How well a candidate fits what was asked: 0–100, and the part of each element.

    ``details`` maps ``name``, ``zip``, ``city``, ``street``, ``identifier`` to their
    own 0–100 rate; elements that one side lacks are left out.
    """

    rate: int
    details: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class CompanyCandidate:
    """An establishment found for a partner, with its match rate."""

    establishment: Establishment
    match: MatchRate


@dataclass(frozen=True, slots=True)
class RegisterFreshness:
    """When the service last loaded the register (aware UTC), ``None`` if not said."""

    loaded_at: datetime | None
