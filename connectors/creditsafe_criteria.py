"""Which terms of a search go together in a country (``/companies/searchcriteria``)."""

from collections.abc import Collection, Iterable
from typing import Any

from . import parsing
from .credit import CriteriaSet
from .credit_values import rows

#: The service's names of terms, and those of ``Creditsafe.search``.
TERMS = {
    "id": "bureau_id",
    "safeNo": "bureau_number",
    "regNo": "registration_number",
    "vatNo": "vat_number",
    "name": "name",
    "tradeName": "trade_name",
    "street": "street",
    "city": "city",
    "postCode": "postcode",
    "phoneNo": "phone",
    "website": "website",
    "status": "status",
    "officeType": "office_type",
    "exact": "exact",
}
#: Terms that tell which company it is, the surest first.
IDENTIFIERS = ("bureau_id", "bureau_number", "registration_number", "vat_number")
#: Terms that say nothing by themselves.
REFINEMENTS = frozenset(("status", "office_type", "exact"))
#: What is asked for where a country's sets are not known: an identifier alone, or
#: everything that describes a company.
USUAL_SETS = (
    *(CriteriaSet(frozenset((term,)), frozenset((term,))) for term in IDENTIFIERS),
    CriteriaSet(frozenset(TERMS.values()) - set(IDENTIFIERS)),
)


def read_sets(body: Any) -> tuple[CriteriaSet, ...]:
    """The sets of an answer; those without a term that is known here are left out."""
    sets = (_read_set(row) for row in rows(parsing.as_dict(body).get("criteriaSets")))
    return tuple(one for one in sets if one.terms)


def choose(sets: Iterable[CriteriaSet], asked: Collection[str]) -> CriteriaSet | None:
    """The set to search by: that of the surest identifier, then of most terms.

    :param sets: a country's; :data:`USUAL_SETS` when there is none
    :param asked: names of the terms that a person has filled in
    :return: ``None`` when every set needs something that is missing
    """
    asked = frozenset(asked)
    fitting = [
        one
        for one in tuple(sets) or USUAL_SETS
        if one.required <= asked and one.terms & asked - REFINEMENTS
    ]
    return max(fitting, key=lambda one: _worth(one.terms & asked), default=None)


def _worth(terms: frozenset[str]) -> tuple[int, int]:
    ranks = [
        len(IDENTIFIERS) - rank
        for rank, term in enumerate(IDENTIFIERS)
        if term in terms
    ]
    return max(ranks, default=0), len(terms)


def _read_set(row: dict) -> CriteriaSet:
    terms, required, statuses = set(), set(), ()
    # The terms of the address stand one level below.
    for name, options in {**parsing.as_dict(row.get("address")), **row}.items():
        if name not in TERMS:
            continue
        options = parsing.as_dict(options)
        terms.add(TERMS[name])
        if parsing.flag(options.get("required")):
            required.add(TERMS[name])
        if name == "status":
            statuses = parsing.texts(options.get("allowedValues"))
    return CriteriaSet(frozenset(terms), frozenset(required), statuses)
