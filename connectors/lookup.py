"""What to look for when a company is described with mistakes, and when to stop."""

from collections.abc import Iterable

from . import parsing
from .datatypes import Establishment, SearchCriteria
from .identifiers import clean
from .matching import COMMON_WORDS, match_rate
from .text import fold, name_key, without_brackets

#: A candidate rated as much ends the widening.
CONVINCING = 88

_MAX_WORDS = 6
_PREFIX = 4


class LookupPlan:
    """Words of a criteria's name, from exact to loose.

    * ``typed_words``: as typed, folded, for a person's own search
    * ``words``: without legal form, brackets and small words
    * ``main_words``: the two longest of them
    * ``prefixes``: beginnings of the telling words: mistakes are rarely there
    * ``department``: of the postcode
    """

    def __init__(self, criteria: SearchCriteria):
        name = parsing.text(criteria.name)
        self.typed_words = fold(name).split()[: 2 * _MAX_WORDS]
        words = name_key(without_brackets(name)).split()
        telling = [word for word in words if word not in COMMON_WORDS] or words
        self.words = telling[:_MAX_WORDS]
        self.main_words = sorted(self.words, key=len, reverse=True)[:2]
        self.prefixes = [word[:_PREFIX] for word in self.main_words]
        zip_code = parsing.postcode(clean(criteria.zip))
        self.department = parsing.department_of(None, zip_code)


def best_rate(criteria: SearchCriteria, establishments: Iterable[Establishment]) -> int:
    """Rate of the best candidate, 0 when there is none."""
    return max((match_rate(criteria, item).rate for item in establishments), default=0)
