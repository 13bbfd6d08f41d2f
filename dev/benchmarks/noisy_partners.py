"""Partners as real databases have them: the register's companies, badly written.

Made from a seed, always the same. Each partner gets one to three of the defects that
people and imports make. Never spoilt is what a person would need to tell the company
from its homonyms: who moved keeps a readable name that nobody else has, who has
homonyms in the town keeps the street.
"""

import random
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

_LEGAL_FORMS = {"5499": "SARL", "5498": "EURL", "5710": "SAS", "5720": "SASU"}
_ABBREVIATIONS = {
    "ETABLISSEMENTS": "Ets",
    "COMPAGNIE": "Cie",
    "SOCIETE": "Sté",
    "SAINT": "St",
    "SAINTE": "Ste",
    "ET": "&",
    "FRERES": "Frs",
    "TRANSPORTS": "Transp.",
    "BOULANGERIE": "Boul.",
    "RESTAURANT": "Rest.",
    "ENTREPRISE": "Ent.",
    "ASSOCIATION": "Asso.",
    "INTERNATIONAL": "Int'l",
}
_STREET_ABBREVIATIONS = {
    "AVENUE": "av.",
    "BOULEVARD": "bd",
    "RUE": "r.",
    "CHEMIN": "che",
    "PLACE": "pl",
    "ROUTE": "rte",
    "ALLEE": "all.",
    "IMPASSE": "imp",
    "ZONE INDUSTRIELLE": "ZI",
    "GENERAL": "Gal",
    "SAINT": "St",
    "DOCTEUR": "Dr",
}
_ADDITIONS = ("(HOLDING)", "(compta)", "FRANCE", "- siège", "(ex client)")
_NEIGHBOURS = {
    "A": "ZQ",
    "E": "RZ",
    "I": "UO",
    "O": "IP",
    "U": "YI",
    "N": "BH",
    "R": "ET",
    "S": "DQ",
    "T": "RY",
    "L": "KM",
    "M": "LP",
}


@dataclass
class NoisyPartner:
    """A partner with the SIREN it should be found as, and what was done to it."""

    siren: str
    name: str
    street: str | None
    zip: str | None
    city: str | None
    defects: list[str] = field(default_factory=list)


def noisy_partners(
    records: Iterable[dict], seed: int = 0, register: Iterable[dict] = ()
) -> list[NoisyPartner]:
    """One badly written partner for each record (fields of the SIRENE dataset).

    :param register: the other companies there are: their homonyms are thought of
    """
    records = list(records)
    everybody = {record["siren"]: record for record in [*register, *records]}
    namesakes = Counter(_words_of(record) for record in everybody.values())
    rng = random.Random(f"noisy partners {seed}")
    return [
        _spoilt(record, records, namesakes[_words_of(record)] == 1, rng)
        for record in records
    ]


def _words_of(record: dict) -> frozenset[str]:
    return frozenset(re.findall(r"\w{4,}", record["denominationunitelegale"].upper()))


def _spoilt(
    record: dict, others: list[dict], is_unique: bool, rng: random.Random
) -> NoisyPartner:
    partner = NoisyPartner(
        siren=str(record["siren"]),
        name=record["denominationunitelegale"],
        street=record["adresseetablissement"],
        zip=str(record["codepostaletablissement"] or "").zfill(5),
        city=record["libellecommuneetablissement"],
    )
    possible = [name for name in _DEFECTS if is_unique or name not in _PLACE_DAMAGE]
    defects = rng.sample(possible, k=rng.choice((1, 2, 2, 3)))
    if _PLACE_DAMAGE & set(defects):
        defects = [name for name in defects if name not in _NAME_DAMAGE]
    for name in sorted(defects, key=list(_DEFECTS).index):
        _DEFECTS[name](partner, record, others, rng)
        partner.defects.append(name)
    return partner


# ------------------------------------------------------------------------ the name


def _legal_form(partner, record, _others, rng):
    form = _LEGAL_FORMS.get(record["categoriejuridiqueunitelegale"], "SARL")
    form = rng.choice((form, form.lower(), ".".join(form) + "."))
    partner.name = rng.choice((f"{form} {partner.name}", f"{partner.name} {form}"))


def _abbreviated_name(partner, _record, _others, _rng):
    partner.name = _shortened(partner.name, _ABBREVIATIONS)


def _missing_word(partner, _record, _others, rng):
    words = partner.name.split()
    if len(words) > 2:
        dispensable = set(range(len(words))) - {words.index(max(words, key=len))}
        del words[rng.choice(sorted(dispensable))]
        partner.name = " ".join(words)


def _word_order(partner, _record, _others, _rng):
    words = partner.name.split()
    partner.name = " ".join([*words[1:], words[0]])


def _addition(partner, _record, _others, rng):
    partner.name = f"{partner.name} {rng.choice(_ADDITIONS)}"


def _typing_error(partner, _record, _others, rng):
    for _error in range(rng.choice((1, 1, 1, 2))):
        partner.name = _mistyped(partner.name, rng)


def _letter_case(partner, _record, _others, rng):
    change = rng.choice((str.title, str.lower, str.capitalize))
    partner.name = change(partner.name)
    partner.city = change(partner.city or "") or None


def _accents(partner, _record, _others, _rng):
    folded = unicodedata.normalize("NFKD", partner.name)
    partner.name = "".join(sign for sign in folded if not unicodedata.combining(sign))
    partner.name = partner.name.replace("'", "’")


# --------------------------------------------------------------------- the address


def _abbreviated_street(partner, _record, _others, _rng):
    if partner.street:
        partner.street = _shortened(partner.street, _STREET_ABBREVIATIONS)


def _mistyped_street(partner, _record, _others, rng):
    if partner.street:
        partner.street = _mistyped(partner.street, rng)


def _no_street(partner, _record, _others, _rng):
    partner.street = None


def _city_only(partner, _record, _others, _rng):
    partner.street = partner.zip = None


def _other_postcode(partner, _record, _others, rng):
    """A CEDEX or district: the same department."""
    if partner.zip:
        partner.zip = f"{partner.zip[:2]}{rng.randrange(1000):03d}"
        partner.city = f"{partner.city} CEDEX {rng.randrange(1, 10)}"


def _old_address(partner, record, others, rng):
    """Where somebody else is now: mostly of the same department."""
    department = str(record["codepostaletablissement"])[:2]
    near = [
        other
        for other in others
        if str(other["codepostaletablissement"])[:2] == department
        and other["siren"] != record["siren"]
    ]
    other = rng.choice(near if near and rng.random() < 0.7 else others)
    partner.street = other["adresseetablissement"]
    partner.zip = str(other["codepostaletablissement"] or "").zfill(5)
    partner.city = other["libellecommuneetablissement"]


_DEFECTS = {
    "accents": _accents,
    "abbreviated_name": _abbreviated_name,
    "missing_word": _missing_word,
    "word_order": _word_order,
    "typing_error": _typing_error,
    "legal_form": _legal_form,
    "addition": _addition,
    "old_address": _old_address,
    "other_postcode": _other_postcode,
    "abbreviated_street": _abbreviated_street,
    "mistyped_street": _mistyped_street,
    "no_street": _no_street,
    "city_only": _city_only,
    "letter_case": _letter_case,
}
#: After these only one of the two, name or place, still tells the company.
_NAME_DAMAGE = frozenset(("typing_error", "missing_word"))
_PLACE_DAMAGE = frozenset(("old_address", "city_only", "no_street"))


def _shortened(text: str, abbreviations: dict[str, str]) -> str:
    for word, short in abbreviations.items():
        text = re.sub(rf"\b{word}\b", short, text, flags=re.IGNORECASE)
    return text


def _mistyped(text: str, rng: random.Random) -> str:
    """One slip of the fingers in a word of four letters or more."""
    places = [
        place
        for word in re.finditer(r"[A-Za-zÀ-ÿ]{4,}", text)
        for place in range(word.start(), word.end() - 1)
    ]
    if not places:
        return text
    place = rng.choice(places)
    sign, following, rest = text[place], text[place + 1], text[place + 2 :]
    before = text[:place]
    slip = rng.choice(("swap", "drop", "double", "neighbour"))
    if slip == "swap":
        return before + following + sign + rest
    if slip == "drop":
        return before + following + rest
    if slip == "double":
        return before + sign + sign + following + rest
    near = _NEIGHBOURS.get(sign.upper(), string.ascii_uppercase)
    return before + rng.choice(near) + following + rest
