"""How well an establishment fits what is known of a company: the match rate.

The rate is the weighted mean of what both sides know:

========== ====== ==============================================================
element    weight how it is rated
========== ====== ==============================================================
identifier    100 100: same SIRET, or same SIREN where only that is known;
                  90: same SIREN, other SIRET; 0: other SIREN
name           60 see :func:`name_rate`
zip            15 100: same; 50: same department; 0: elsewhere
city           10 likeness of the names, 0 below 70
street         15 likeness of the normalised lines; another number in the same
                  street counts 80
========== ====== ==============================================================

An element that one side lacks counts neither for nor against. Without a name on one
side, or an identifier, the rate is capped at 60: an address alone houses many.
"""

from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import fuzz

from .datatypes import CompanyCandidate, Establishment, MatchRate, SearchCriteria
from .identifiers import clean
from .text import city_key, name_key, street_key, without_brackets

WEIGHTS = {"identifier": 100, "name": 60, "zip": 15, "city": 10, "street": 15}

#: Rate that an address alone cannot exceed.
ADDRESS_ONLY = 60

#: Words that many companies have in their names: they tell little by themselves.
COMMON_WORDS = frozenset(
    "A AU AUX D DE DES DU EN ET L LA LE LES PAR POUR SUR "
    "SOCIETE ENTREPRISE ETABLISSEMENTS COMPAGNIE GROUPE HOLDING FRANCE "
    "ASSOCIATION CABINET MAISON SERVICE SERVICES INTERNATIONAL".split()
)
_STREET_NAME_ONLY = 80


def match_rate(criteria: SearchCriteria, establishment: Establishment) -> MatchRate:
    """Rate of an establishment (0–100) with the rate of each element.

    :param criteria: what is known; only name, identifiers and address are looked at
    """
    details = {}
    for element, rate in (
        ("name", name_rate(criteria.name, establishment)),
        ("zip", _zip_rate(criteria.zip, establishment.address.zip)),
        ("city", _city_rate(criteria.city, establishment.address.city)),
        ("street", _street_rate(criteria.street, establishment.address.street)),
        ("identifier", _identifier_rate(criteria, establishment)),
    ):
        if rate is not None:
            details[element] = round(rate)
    weight = sum(WEIGHTS[element] for element in details)
    if not weight:
        return MatchRate(rate=0)
    total = sum(WEIGHTS[element] * rate for element, rate in details.items()) / weight
    if not {"name", "identifier"} & details.keys():
        total = min(total, ADDRESS_ONLY)
    return MatchRate(rate=round(total), details=tuple(details.items()))


def rank(
    criteria: SearchCriteria, establishments: Iterable[Establishment]
) -> tuple[CompanyCandidate, ...]:
    """Candidates, the best first, always in the same order.

    On the same rate come active before closed and ceased ones, head offices before
    branches, then the lower SIRET.
    """
    candidates = [
        CompanyCandidate(item, match_rate(criteria, item)) for item in establishments
    ]
    return tuple(sorted(candidates, key=_order))


def _order(candidate: CompanyCandidate) -> tuple:
    item = candidate.establishment
    return (
        -candidate.match.rate,
        item.unit_state == "ceased",
        item.establishment_state == "closed",
        not item.is_head_office,
        item.siret,
    )


# ---------------------------------------------------------------------------- names


def name_rate(name: str | None, establishment: Establishment) -> float | None:
    """Likeness (0–100) of a name with the best fitting name of an establishment.

    Case, accents, punctuation, legal forms, civilities, usual abbreviations and the
    order of words don't count; bracketed additions such as "(HOLDING)" are tried with
    and without. An acronym or a trade name is as good as the legal name; initials
    that nobody registered rate 85.
    """
    asked = _variants(name)
    known = [
        variant
        for text in (
            establishment.legal_name,
            establishment.acronym,
            *establishment.trade_names,
        )
        for variant in _variants(text)
    ]
    if not asked or not known:
        return None
    best = max(_likeness(one, other) for one in asked for other in known)
    initials = _initials(name_key(establishment.legal_name))
    if len(initials) > 2 and any(initials == one.replace(" ", "") for one in asked):
        best = max(best, 85.0)
    return best


@lru_cache(maxsize=1 << 14)
def _variants(name: str | None) -> tuple[str, ...]:
    """Normal forms of a name: as it is, and without what stands in brackets."""
    variants = (name_key(name), name_key(without_brackets(name)))
    return tuple(dict.fromkeys(filter(None, variants)))


def _likeness(one: str, other: str) -> float:
    if one == other:
        return 100.0
    # Written together or apart: "INTER MARCHE", "INTERMARCHE".
    joined = fuzz.ratio(one.replace(" ", ""), other.replace(" ", ""))
    words = fuzz.token_sort_ratio(one, other)
    return max(joined, words, _shared_words(one, other))


def _shared_words(one: str, other: str) -> float:
    """How much of the telling words the two share, typing errors allowed for.

    A name all of whose telling words are in the other one rates up to 92, less the
    more words the other one has beside them.
    """
    few, many = sorted((_telling(one), _telling(other)), key=len)
    if not few:
        return 0.0
    rest = list(many)
    shared = 0.0
    for word in few:
        closest = max(rest, key=lambda item: fuzz.ratio(word, item), default=None)
        rate = fuzz.ratio(word, closest) if closest else 0.0
        if rate >= 75:
            shared += rate * len(word)
            rest.remove(closest)
    coverage = shared / sum(map(len, few))
    surplus = sum(map(len, rest)) / sum(map(len, many))
    return coverage * (0.92 - 0.3 * surplus)


def _telling(name: str) -> list[str]:
    words = name.split()
    return [word for word in words if word not in COMMON_WORDS] or words


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split() if word not in _ARTICLES)


_ARTICLES = frozenset("A AU AUX D DE DES DU EN ET L LA LE LES PAR POUR SUR".split())


# ------------------------------------------------------------------ other elements


def _zip_rate(asked: str | None, known: str | None) -> float | None:
    asked = clean(asked)
    if not asked or not known:
        return None
    if asked == known:
        return 100.0
    length = 3 if known[:2] in ("97", "98") else 2
    return 50.0 if asked[:length] == known[:length] else 0.0


def _city_rate(asked: str | None, known: str | None) -> float | None:
    one, other = city_key(asked)[0], city_key(known)[0]
    if not one or not other:
        return None
    rate = fuzz.token_sort_ratio(one, other)
    return rate if rate >= 70 else 0.0


def _street_rate(asked: str | None, known: str | None) -> float | None:
    one, other = street_key(asked), street_key(known)
    if not one or not other:
        return None
    if one == other:
        return 100.0
    street, other_street = (_without_number(text) for text in (one, other))
    if street and street == other_street:
        return float(_STREET_NAME_ONLY)
    rate = fuzz.token_sort_ratio(street, other_street)
    if _number(one) != _number(other):
        rate *= 0.8
    return rate if rate >= 60 else 0.0


def _number(street: str) -> str:
    first = street.partition(" ")[0]
    return first if first.isdigit() else ""


def _without_number(street: str) -> str:
    return street.removeprefix(_number(street)).strip()


def _identifier_rate(
    criteria: SearchCriteria, establishment: Establishment
) -> float | None:
    siret = clean(criteria.siret)
    siren = clean(criteria.siren) or siret[:9]
    if not siren:
        return None
    if siren != establishment.siren:
        return 0.0
    return 90.0 if siret and siret != establishment.siret else 100.0
