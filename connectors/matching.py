"""How well an establishment fits what is known of a company: the match rate.

The rate is the weighted mean of what both sides know:

========== ====== ==============================================================
element    weight how it is rated
========== ====== ==============================================================
identifier    100 100: same SIRET, or same SIREN where only that is known;
                  90: same SIREN, other SIRET; 0: other SIREN
name           65 see :func:`name_rate`
place          35 the elements below, by the weights in brackets; half as much,
                  and 80 at most, where nothing but the city is known
zip          (15) 100: same; 50: same department; 0: elsewhere. Left out where
                  the city says CEDEX: such postcodes are not the commune's
city         (10) likeness of the names, 0 below 70
street       (15) likeness of the normalised lines; another number in the same
                  street counts 80
========== ====== ==============================================================

An element that one side lacks counts neither for nor against: within the place the
known elements share its weight. Without a name on one side, or an identifier, the
rate is capped at 60: an address alone houses many.
"""

from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import fuzz

from .datatypes import CompanyCandidate, Establishment, MatchRate, SearchCriteria
from .identifiers import clean
from .text import city_key, fold, name_key, street_key, without_brackets

WEIGHTS = {"identifier": 100, "name": 65, "place": 35}
PLACE_WEIGHTS = {"zip": 15, "city": 10, "street": 15}

#: Rate that an address alone cannot exceed.
ADDRESS_ONLY = 60
#: Rate of a place of which only the city is known: a city houses many.
CITY_ONLY = 80

#: Words without meaning of their own in a name.
SMALL_WORDS = frozenset("A AU AUX D DE DES DU EN ET L LA LE LES PAR POUR SUR".split())

#: Words that many companies have in their names: they tell little by themselves.
COMMON_WORDS = SMALL_WORDS | frozenset(
    "SOCIETE ENTREPRISE ETABLISSEMENTS COMPAGNIE GROUPE GROUPEMENT HOLDING FRANCE "
    "ASSOCIATION AMICALE COMITE SYNDICAT COPROPRIETAIRES CABINET MAISON ATELIER "
    "SERVICE SERVICES SIEGE AGENCE CONSEIL CONSEILS INTERNATIONAL FILS FRERES "
    "ASSOCIES NOUVELLE "
    "GARAGE AUTO ECOLE HOTEL RESTAURANT BISTROT CAFE BAR BOULANGERIE PATISSERIE "
    "PHARMACIE COIFFURE TRANSPORTS MENUISERIE PLOMBERIE MACONNERIE ELECTRICITE "
    "TRAVAUX PUBLICS BATIMENT CONSTRUCTION CONSTRUCTIONS IMMOBILIER IMMOBILIERE "
    "INDUSTRIE INDUSTRIES DISTRIBUTION COMMERCE RESIDENCE".split()
)
_COMMON_WEIGHT = 0.35
_SMALL_WEIGHT = 0.1
_STREET_NAME_ONLY = 80


def match_rate(criteria: SearchCriteria, establishment: Establishment) -> MatchRate:
    """Rate of an establishment (0–100) with the rate of each element.

    :param criteria: what is known; only name, identifiers and address are looked at
    """
    name = name_rate(criteria.name, establishment)
    place = {
        "zip": _zip_rate(criteria, establishment.address.zip),
        "city": _city_rate(criteria.city, establishment.address.city),
        "street": _street_rate(criteria.street, establishment.address.street),
    }
    identifier = _identifier_rate(criteria, establishment)
    details = {
        element: round(rate)
        for element, rate in {"name": name, **place, "identifier": identifier}.items()
        if rate is not None
    }
    place_rate = _mean(place, PLACE_WEIGHTS)
    weights = WEIGHTS
    if place["zip"] is None and place["street"] is None and place_rate is not None:
        weights = WEIGHTS | {"place": WEIGHTS["place"] / 2}
        place_rate = min(place_rate, CITY_ONLY)
    elements = {"name": name, "place": place_rate, "identifier": identifier}
    rate = _mean(elements, weights) or 0.0
    if name is None and identifier is None:
        rate = min(rate, ADDRESS_ONLY)
    return MatchRate(rate=round(rate), details=tuple(details.items()))


def _mean(rates: dict[str, float | None], weights: dict[str, float]) -> float | None:
    """Weighted mean of the known rates, ``None`` when none is known."""
    known = {element: rate for element, rate in rates.items() if rate is not None}
    weight = sum(weights[element] for element in known)
    if not weight:
        return None
    return sum(weights[element] * rate for element, rate in known.items()) / weight


def rank(
    criteria: SearchCriteria, establishments: Iterable[Establishment]
) -> tuple[CompanyCandidate, ...]:
    """Candidates, the best first, always in the same order.

    On the same rate come those of whom more is known (the address of some may not be
    disclosed), active before closed and ceased ones, head offices before branches,
    the lower SIRET before the higher.
    """
    candidates = [
        CompanyCandidate(item, match_rate(criteria, item)) for item in establishments
    ]
    return tuple(sorted(candidates, key=_order))


def _order(candidate: CompanyCandidate) -> tuple:
    item = candidate.establishment
    return (
        -candidate.match.rate,
        -len(candidate.match.details),
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
    joined, other_joined = one.replace(" ", ""), other.replace(" ", "")
    if joined == other_joined:
        return 100.0
    rate = fuzz.ratio(joined, other_joined)
    return max(rate if rate >= 90 else 0.0, _word_likeness(one, other))


def _word_likeness(one: str, other: str) -> float:
    """Share of the words' weight that the two have in common, slips allowed for.

    Each word of one is paired with the likest of the other. Where all telling words of
    the shorter name are in the longer one the rate is 61 at least: people leave words
    out and add others.
    """
    words, rest = sorted((one.split(), other.split()), key=len)
    rest = list(rest)
    whole = sum(map(_weight, words)) + sum(map(_weight, rest))
    shared = telling = found = 0.0
    for word in sorted(words, key=_weight, reverse=True):
        weight = _weight(word)
        closest = max(rest, key=lambda item: _alike(word, item), default="")
        alike = _alike(word, closest)
        if word not in COMMON_WORDS:
            telling += weight
            found += weight * alike
        if alike:
            shared += alike * (weight + _weight(closest))
            rest.remove(closest)
    rate = shared / whole
    if telling:
        rate = max(rate, 0.7 * found / telling)
    # Names that share a word or two by chance are no likeness.
    return 100 * rate * min(1.0, rate / 0.8)


def _weight(word: str) -> float:
    if word in SMALL_WORDS:
        return _SMALL_WEIGHT * len(word)
    return (_COMMON_WEIGHT if word in COMMON_WORDS else 1.0) * len(word)


@lru_cache(maxsize=1 << 16)
def _alike(word: str, other: str) -> float:
    """How much two words are one and the same (0–1): slips, or an abbreviation."""
    if word == other:
        return 1.0
    short, long = sorted((word, other), key=len)
    if len(short) >= 4 and long.startswith(short):
        return 0.9
    rate = fuzz.ratio(word, other) / 100
    # Two letters changed places count twice in the ratio, for short words too much.
    if rate >= 0.75 or (len(short) >= 3 and sorted(word) == sorted(other)):
        return max(rate, 0.8)
    return 0.0


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split() if word not in SMALL_WORDS)


# ------------------------------------------------------------------ other elements


def _zip_rate(criteria: SearchCriteria, known: str | None) -> float | None:
    asked = clean(criteria.zip)
    if not asked or not known:
        return None
    if asked == known:
        return 100.0
    if "CEDEX" in fold(criteria.city):
        return None
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
