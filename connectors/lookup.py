"""What to look for when a company is described with mistakes, and when to stop."""

from collections.abc import Iterable

from . import parsing
from .datatypes import Establishment, SearchCriteria
from .identifiers import clean
from .matching import COMMON_WORDS, rank
from .text import fold, name_key, street_key, without_brackets

#: A candidate rated as much ends the widening.
CONVINCING = 88

_MAX_WORDS = 6
_PREFIX = 4


class LookupPlan:
    """Words of a criteria's name and street, from exact to loose.

    * ``typed_words``: the name as typed, folded, for a person's own search
    * ``words``: without legal form, brackets, small and common words
    * ``spelt_out``: the letters of a name that is an acronym (``V.N.R.P``), or nothing
    * ``main_words``: the two longest words
    * ``prefixes``: their beginnings: mistakes are rarely there
    * ``street_words``: number and longest word of the street
    * ``zip``: the postcode, unless it is a CEDEX one; ``department``: of either
    """

    def __init__(self, criteria: SearchCriteria):
        name = parsing.text(criteria.name)
        self.typed_words = fold(name).split()[: 2 * _MAX_WORDS]
        words = name_key(without_brackets(name)).split()
        telling = [word for word in words if word not in COMMON_WORDS] or words
        self.words = telling[:_MAX_WORDS]
        is_acronym = len(words) == 1 and 2 < len(words[0]) < 6
        self.spelt_out = list(words[0]) if is_acronym else []
        self.main_words = sorted(self.words, key=len, reverse=True)[:2]
        self.prefixes = [word[:_PREFIX] for word in self.main_words]
        self.street_words = _street_words(criteria.street)
        zip_code = parsing.postcode(clean(criteria.zip))
        self.zip = None if "CEDEX" in fold(criteria.city) else zip_code
        self.department = parsing.department_of(None, zip_code)


def _street_words(street: str | None) -> list[str]:
    number, *words = street_key(parsing.text(street)).split() or [""]
    if not number.isdigit():
        words.insert(0, number)
        number = ""
    longest = max(words, key=len, default="")
    return [word for word in (number, longest) if word] if len(longest) > 3 else []


def is_found(
    criteria: SearchCriteria,
    establishments: Iterable[Establishment],
    *,
    complete: bool,
) -> bool:
    """Whether the widening may stop.

    :param complete: the service gave all it found; otherwise the right one may be
        missing unless the best is at the very place
    """
    best = next(iter(rank(criteria, establishments)), None)
    if best is None or best.match.rate < CONVINCING:
        return False
    details = dict(best.match.details)
    return complete or 100 in (details.get("zip"), details.get("street"))
