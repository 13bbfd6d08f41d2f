"""Invented companies, always the same for a seed, as many as wanted.

Unit number *i* depends on the seed and on *i* alone, so a register of 200,000 units
begins with the same companies as one of 2,000, in whatever Python process it is made.
"""

import datetime
import json
import random
from bisect import bisect
from itertools import accumulate

from .codelists import (
    COMMUNES,
    COMMUNES_BY_CODE,
    DATA,
    LEGAL_FORMS,
    NAF,
    WORKFORCE_BRACKETS,
)
from .identifiers import make_nic, make_siren
from .register import complete, establishment_values, unit_values

#: Companies were "last seen" before this day, so that they don't depend on today.
HORIZON = datetime.date(2026, 9, 30)
_VOCABULARY = json.loads((DATA / "vocabulary.json").read_text(encoding="utf-8"))
_NAF_CODES = tuple(sorted(NAF))
_LEGAL_FORM_CODES = tuple(sorted(LEGAL_FORMS))
_BRACKET_CODES = (None, *sorted(WORKFORCE_BRACKETS))
_OVERSEAS = tuple(c for c in COMMUNES if c.code[:2] in ("97", "98"))
#: SIREN bodies are a permutation of the unit's number: all different, none in order.
_BODY_FIRST, _BODY_SPAN, _BODY_STEP = 30_000_000, 67_000_003, 28_613_909
#: First names that follow ``D'`` as well as anything else.
_ELIDED_FIRST_NAMES = tuple(
    name for name in _VOCABULARY["first_names_f"] if name[0] in "AEIOUH"
)


class Dice(random.Random):
    """A generator whose simple picks take one random number: many are needed."""

    def choice(self, seq):
        return seq[int(self.random() * len(seq))]

    def below(self, end):
        return int(self.random() * end)


class _Weighted:
    """Picks from items by weight, with one random number."""

    def __init__(self, items, weights):
        self._items = tuple(items)
        self._sums = list(accumulate(weights))

    def pick(self, rng):
        return self._items[bisect(self._sums, rng.random() * self._sums[-1])]


_PLACES = _Weighted(COMMUNES, [c.population for c in COMMUNES])
_KINDS = _Weighted(_VOCABULARY["kinds"], [k["weight"] for k in _VOCABULARY["kinds"]])
_STREET_TYPES = _Weighted(
    [name for name, _weight in _VOCABULARY["street_types"]],
    [weight for _name, weight in _VOCABULARY["street_types"]],
)
#: By size of the kind of business: from mostly without employees to large groups.
_BRACKETS_BY_SIZE = (
    _Weighted((None, "NN", "00", "01"), (45, 45, 5, 5)),
    _Weighted(
        (None, "NN", "00", "01", "02", "03", "11", "12"), (30, 12, 4, 24, 14, 9, 5, 2)
    ),
    _Weighted(
        (None, "NN", "01", "02", "03", "11", "12", "21", "22"),
        (18, 10, 14, 14, 14, 13, 10, 5, 2),
    ),
    _Weighted(
        ("NN", "03", "11", "12", "21", "22", "31", "32", "41"),
        (8, 14, 20, 22, 15, 10, 4, 5, 2),
    ),
    _Weighted(
        ("NN", "11", "12", "21", "22", "31", "32", "41", "42", "51", "52", "53"),
        (15, 10, 15, 15, 12, 8, 9, 7, 4, 3, 1, 1),
    ),
)


def _category(bracket, rng):
    if bracket is None or rng.random() < 0.1:
        return None
    if bracket == "NN" or bracket < "32":
        return "PME"
    return "ETI" if bracket < "51" else "GE"


def _day(rng, first_year, last):
    """A day from the first one of a year up to ``last``."""
    first = datetime.date(first_year, 1, 1)
    return first + datetime.timedelta(rng.below(max((last - first).days, 1)))


def _text(day):
    return day.isoformat() if day else None


def _timestamp(rng, since):
    """A last-processed date; the dataset leaves some out."""
    if rng.random() < 0.08:
        return None
    day = max(since, _day(rng, 2021, HORIZON))
    seconds = rng.below(86400)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    zone = "" if rng.random() < 0.1 else "+00:00"
    return f"{day.isoformat()}T{clock}{zone}"


def _acronym(rng):
    letters = rng.choices("ABCDEFGHILMNOPRSTV", k=rng.choice((3, 3, 4)))
    return rng.choice(("", ".")).join(letters)


def _brand(rng):
    return rng.choice(_VOCABULARY["roots"]) + rng.choice(_VOCABULARY["endings"])


def _name(pattern, rng, city):
    names = _VOCABULARY
    return pattern.format(
        last=rng.choice(names["last_names"]),
        last2=rng.choice(names["last_names"]),
        first=rng.choice(_ELIDED_FIRST_NAMES),
        brand=_brand(rng),
        brand2=rng.choice(names["endings"]),
        place=rng.choice(names["places"]),
        flora=rng.choice(names["flora"]),
        acronym=_acronym(rng),
        city=city,
    )


def make_address(rng, place=None, overseas=0.03):
    """Address facts of an establishment, as ``establishment_values`` takes them."""
    if place is None:
        pool_overseas = rng.random() < overseas
        place = rng.choice(_OVERSEAS) if pool_overseas else _PLACES.pick(rng)
    street_type = _STREET_TYPES.pick(rng)
    if rng.random() < 0.15:
        street_type = street_type.upper()
    luck = rng.random()
    address = {
        "commune": place.code,
        "postcode": rng.choice(place.postcodes),
        "number": None if luck < 0.04 else str(rng.randrange(1, 240)),
        "repeat": rng.choice("BTC") if luck > 0.95 else None,
        "street_type": street_type,
        "street": rng.choice(_VOCABULARY["streets"]),
        # Corsican rows come without a department now and then.
        "department_known": not (place.code[:2] in ("2A", "2B") and luck < 0.5),
    }
    if rng.random() < 0.09:
        address["complement"] = rng.choice(_VOCABULARY["complements"])
    if rng.random() < 0.03:
        address["distribution"] = rng.choice(_VOCABULARY["distributions"])
        address["cedex"] = address["postcode"][:2] + f"{rng.randrange(900, 999)}"
        address["cedex_label"] = f"{place.name} CEDEX {rng.randrange(1, 20)}"
    return address


def siren_of(index):
    """SIREN of the invented unit number ``index``."""
    body = _BODY_FIRST + (index * _BODY_STEP + 14_207_395) % _BODY_SPAN
    return make_siren(f"{body:08d}")


def _identity(index, rng, city, tags):
    """Names, legal form, activity and workforce of a unit."""
    facts = {}
    kind = _KINDS.pick(rng)
    facts["naf"] = rng.choice(kind["naf"])
    facts["legal_form"] = rng.choice(kind["forms"])
    facts["bracket"] = _BRACKETS_BY_SIZE[kind["size"]].pick(rng)
    if index % 2:
        # Round the whole list, so that every code exists in a small register too.
        facts["naf"] = _NAF_CODES[(index // 2) % len(_NAF_CODES)]
    if index % 7 == 3:
        facts["legal_form"] = _LEGAL_FORM_CODES[(index // 7) % len(_LEGAL_FORM_CODES)]
    if index % 40 == 5:
        facts["bracket"] = _BRACKET_CODES[(index // 40) % len(_BRACKET_CODES)]
    luck = rng.random()
    if facts["legal_form"] == "1000" or (luck < 0.14 and index % 7 != 3):
        tags.append("sole_trader")
        female = rng.random() < 0.45
        first_names = "first_names_f" if female else "first_names_m"
        facts.update(
            legal_form="1000",
            last_name=rng.choice(_VOCABULARY["last_names"]),
            first_name=rng.choice(_VOCABULARY[first_names]),
            sex="F" if female else "M",
            bracket=_BRACKETS_BY_SIZE[0].pick(rng),
        )
        return facts
    if luck < 0.17:
        tags.append("homonym")
        facts["name"] = rng.choice(_VOCABULARY["homonyms"])
    elif luck < 0.18:
        tags.append("long_name")
        facts["name"] = _name(rng.choice(_VOCABULARY["long_names"]), rng, city)
    else:
        facts["name"] = _name(kind["pattern"], rng, city)
    if rng.random() < 0.06:
        words = [w for w in facts["name"].replace("'", " ").split() if w[0].isalpha()]
        facts["sigle"] = "".join(w[0] for w in words)[:12]
    if rng.random() < 0.05:
        facts["usual_name"] = (
            facts["name"].replace(" HOLDING", "") + " (HOLDING)"
            if "HOLDING" in facts["name"]
            else _brand(rng)
        )
    return facts


def make_unit(seed, index):
    """``(record, tags, integer_postcode)`` of every establishment of one unit."""
    rng = Dice(f"{seed}:{index}")
    siren = siren_of(index)
    tags = []
    seat_address = make_address(rng)
    city = COMMUNES_BY_CODE[seat_address["commune"]].name
    identity = _identity(index, rng, city, tags)
    bracket = identity["bracket"]
    created = _day(rng, rng.choice((1965, 1985, 1998, 2008, 2015)), HORIZON)
    ceased = rng.random() < 0.06
    ceased_on = max(created, _day(rng, 2019, HORIZON)) if ceased else None
    person = "last_name" in identity
    partial = rng.random() < (0.25 if person else 0.02)
    diffusion = "P" if partial else "O"
    processed = _timestamp(rng, ceased_on or created)
    dates_known = rng.random() > 0.03
    nomenclature = "NAFRev2"
    if ceased and index % 2 == 0 and rng.random() < 0.2:
        # Units that ended long ago keep the nomenclature of their time.
        nomenclature, identity["naf"] = "NAFRev1", rng.choice(("52.4C", "74.1G"))
        ceased_on = _day(rng, 2003, datetime.date(2007, 12, 31))
        created = min(created, datetime.date(2002, 5, 6))
    # The dataset carries closing dates of open units now and then: not to be trusted.
    stray = HORIZON if rng.random() < 0.01 else None
    if partial:
        tags.append("partial")
    if ceased:
        tags.append("ceased_unit")
    if seat_address["commune"][:2] in ("97", "98"):
        tags.append("overseas")
    year = rng.choice(("2022", "2023", "2024"))
    unit = unit_values(
        siren=siren,
        nomenclature=nomenclature,
        bracket_year=year,
        category=_category(bracket, rng),
        category_year=year,
        created=_text(created) if dates_known else None,
        ceased=ceased,
        ceased_on=_text(ceased_on or stray),
        diffusion=diffusion,
        processed=processed,
        **identity,
    )
    common = {
        "naf": identity["naf"],
        "nomenclature": nomenclature,
        "diffusion": diffusion,
    }
    moves = rng.choice((1, 1, 1, 2, 3)) if rng.random() < 0.1 else 0
    if moves and not ceased:
        tags.append("moved_seat")
    branches = rng.choice((1, 1, 2, 2, 3, 6)) if rng.random() < 0.18 else 0
    if branches:
        tags.append("branches")
    establishments = []
    moments = sorted(_day(rng, 1990, HORIZON) for _ in range(moves))
    moments = [max(m, created) for m in moments]
    starts = [created, *moments]
    for number, start in enumerate(starts, 1):
        last = number == len(starts)
        end = ceased_on if last else starts[number]
        establishments.append(
            establishment_values(
                nic=make_nic(siren, number),
                seat=last,
                bracket=bracket if last else None,
                bracket_year=year,
                created=_text(start) if dates_known else None,
                closed=end is not None,
                closed_on=_text(end or stray),
                processed=_timestamp(rng, end or start),
                sign=_sign(rng),
                **common,
                **(seat_address if last else make_address(rng)),
            )
        )
    for number in range(len(starts) + 1, len(starts) + 1 + branches):
        start = max(created, _day(rng, 2000, HORIZON))
        closed = ceased or rng.random() < 0.25
        end = max(start, ceased_on or _day(rng, 2015, HORIZON)) if closed else None
        if closed and not ceased and "closed_establishment" not in tags:
            tags.append("closed_establishment")
        establishments.append(
            establishment_values(
                nic=make_nic(siren, number),
                seat=False,
                bracket="01" if bracket not in (None, "NN") else bracket,
                bracket_year=year,
                created=_text(start) if dates_known else None,
                closed=closed,
                closed_on=_text(end),
                processed=_timestamp(rng, end or start),
                sign=_sign(rng),
                usual_name=_brand(rng) if rng.random() < 0.1 else None,
                **common,
                **make_address(rng),
            )
        )
    seat_nic = establishments[len(starts) - 1]["nic"]
    label = ",".join(tags) or "plain"
    integer_postcode = rng.random() < 0.04
    return [
        (complete(unit, establishment, seat_nic), label, integer_postcode)
        for establishment in establishments
    ]


def _sign(rng):
    if rng.random() > 0.12:
        return None
    first_word = rng.choice(("AUX SAVEURS", "LE RELAIS", "ESPACE", "COMPTOIR"))
    return f"{first_word} {rng.choice(_VOCABULARY['places'])}"


def make_companies(seed, count, taken=()):
    """``(record, tags, integer_postcode)`` of the establishments of ``count`` units.

    ``taken`` are SIRENs that exist already: such a unit is left out and the next
    number takes its place.
    """
    made = index = 0
    while made < count:
        if siren_of(index) not in taken:
            yield from make_unit(seed, index)
            made += 1
        index += 1
