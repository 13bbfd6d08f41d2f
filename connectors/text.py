"""Normalisation of names, streets and cities: what differs only in its looks is equal.

Shared by the match rate and by the comparison of a partner with the register. A
nightly check calls these a million times, so regexes are compiled once and the
normal forms are cached.
"""

import re
import unicodedata
from functools import lru_cache

_CACHE = 1 << 16

_LIGATURES = str.maketrans(
    {
        "œ": "oe",
        "Œ": "OE",
        "æ": "ae",
        "Æ": "AE",
        "ß": "ss",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "&": " ET ",
        # The degree sign and the ordinal letters of "N°", "Nº", "1ʳᵉ".
        "°": " ",
        "º": " ",
        "ª": " ",
    }
)
_ASCII_WORDS = str.maketrans(
    {chr(code): " " for code in range(128) if not chr(code).isalnum()} | {"&": " ET "}
)
_COMBINING = re.compile(r"[\u0300-\u036f]")
_NOT_WORD = re.compile(r"[\W_]+")
_DOTTED_ACRONYM = re.compile(r"\b(?:\w\.){2,}(?:\w\b)?")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


@lru_cache(maxsize=_CACHE)
def fold(text: str | None) -> str:
    """Upper-case words without accents and punctuation, one space between them.

    ``"Café de l'Œuvre & Cie"`` → ``"CAFE DE L OEUVRE ET CIE"``;
    ``"S.N.C.F."`` → ``"SNCF"``.
    """
    if not text:
        return ""
    if "." in text:
        text = _DOTTED_ACRONYM.sub(lambda found: found[0].replace(".", ""), text)
    if text.isascii():
        # Nearly all of the register, three times as fast.
        return " ".join(text.translate(_ASCII_WORDS).upper().split())
    text = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    return _NOT_WORD.sub(" ", _COMBINING.sub("", text)).strip().upper()


def same_text(one: str | None, other: str | None) -> bool:
    """Equal but for case, accents, ligatures, spaces and punctuation.

    Missing and empty are the same; two texts of punctuation only are compared as
    they stand.
    """
    if one == other:
        return True
    return _compact(fold(one), one) == _compact(fold(other), other)


def _compact(folded: str, text: str | None) -> str:
    return folded.replace(" ", "") or (text or "").strip()


# ------------------------------------------------------------------------ streets

#: Kind of street, only understood where a kind of street stands.
_STREET_KINDS = {
    short: kind
    for kind, shorts in {
        "ALLEE": "ALL ALLEES",
        "AVENUE": "AV AVE AVEN",
        "BOULEVARD": "BD BLD BVD BLVD BOUL",
        "CARREFOUR": "CAR CARR",
        "CHAUSSEE": "CHS CHAUS",
        "CHEMIN": "CHE CHEM CH CHM",
        "CITE": "CTE",
        "CORNICHE": "COR",
        "COURS": "CRS",
        "DOMAINE": "DOM",
        "ESPLANADE": "ESP",
        "FAUBOURG": "FG FBG FBRG",
        "GRANDE RUE": "GR GRANDRUE",
        "HAMEAU": "HAM",
        "IMPASSE": "IMP",
        "LIEU DIT": "LD LIEUDIT",
        "LOTISSEMENT": "LOT",
        "MONTEE": "MTE",
        "PASSAGE": "PAS PASS",
        "PLACE": "PL PLCE",
        "PROMENADE": "PROM",
        "QUAI": "QU",
        "QUARTIER": "QUA QRT QUART",
        "RESIDENCE": "RES",
        "ROND POINT": "RPT RONDPOINT",
        "ROUTE": "RTE RT",
        "RUE": "R",
        "RUELLE": "RLE",
        "SENTIER": "SEN SENT",
        "SQUARE": "SQ",
        "TRAVERSE": "TRA",
        "VILLAGE": "VGE",
    }.items()
    for short in shorts.split()
}

#: Words understood anywhere in a street line.
_STREET_WORDS = {
    "ST": "SAINT",
    "STE": "SAINTE",
    "STS": "SAINTS",
    "GAL": "GENERAL",
    "GEN": "GENERAL",
    "MAL": "MARECHAL",
    "DR": "DOCTEUR",
    "PDT": "PRESIDENT",
    "PRES": "PRESIDENT",
    "CDT": "COMMANDANT",
    "CPT": "CAPITAINE",
    "CNE": "CAPITAINE",
    "LT": "LIEUTENANT",
    "COL": "COLONEL",
    "PROF": "PROFESSEUR",
    "PR": "PROFESSEUR",
    "FBG": "FAUBOURG",
    "FG": "FAUBOURG",
    "BAT": "BATIMENT",
    "BT": "BATIMENT",
    "APPT": "APPARTEMENT",
    "APT": "APPARTEMENT",
    "ESC": "ESCALIER",
    "ETG": "ETAGE",
    "IMM": "IMMEUBLE",
    "RES": "RESIDENCE",
    "LOT": "LOTISSEMENT",
    "CTRE": "CENTRE",
    "CCIAL": "COMMERCIAL",
    "CCAL": "COMMERCIAL",
    "INDUS": "INDUSTRIELLE",
    "IND": "INDUSTRIELLE",
    "1ERE": "1",
    "1RE": "1",
    "1ER": "1",
    "PREMIER": "1",
    "PREMIERE": "1",
}

_PHRASES = (
    (re.compile(r"\bZONES? D ACTIVITES?(?: ECONOMIQUES?)?\b"), "ZA"),
    (re.compile(r"\bZONES? ARTISANALES?\b"), "ZA"),
    (re.compile(r"\bZAE\b"), "ZA"),
    (re.compile(r"\bZONES? INDUSTRIELLES?\b"), "ZI"),
    (re.compile(r"\bZONES? IND(?:US)?\b"), "ZI"),
    (re.compile(r"\bZONES? D AMENAGEMENT CONCERTE\b"), "ZAC"),
    (re.compile(r"\bPARC D ACTIVITES?\b"), "PA"),
    (re.compile(r"\bBOITE POSTALE\b"), "BP"),
    (re.compile(r"\bC(?:OURSE)? ?S(?:PECIALE)? (?=\d)"), "CS "),
    (re.compile(r"\bB P (?=\d)"), "BP "),
    (re.compile(r"\bZ A\b"), "ZA"),
    (re.compile(r"\bZ I\b"), "ZI"),
    (re.compile(r"\bZ A C\b"), "ZAC"),
)

#: Only lines with one of these words are worth the patterns.
_PHRASE_STARTS = frozenset("ZONE ZONES ZAE PARC BOITE C COURSE B Z".split())

_REPETITIONS = {
    "B": "BIS",
    "BIS": "BIS",
    "T": "TER",
    "TER": "TER",
    "Q": "QUATER",
    "QUATER": "QUATER",
    "QUINQUIES": "QUINQUIES",
}
_ARTICLES = frozenset("D DE DU DES L LA LE LES".split())
_NUMBER_WORDS = frozenset(("N", "NO", "NR", "NUM", "NUMERO"))
_NUMBER = re.compile(r"0*(\d+)([A-Z]*)")


@lru_cache(maxsize=_CACHE)
def street_key(street: str | None) -> str:
    """Normal form of a street line: two lines with the same key are the same place.

    Kinds of street, saints, titles, zones and repetition indexes are written out,
    articles and ``N°`` left out.
    """
    folded = fold(street)
    words = folded.split()
    if not _PHRASE_STARTS.isdisjoint(words):
        for pattern, short in _PHRASES:
            folded = pattern.sub(short, folded)
        words = folded.split()
    if len(words) > 1 and words[0] in _NUMBER_WORDS and words[1][0].isdigit():
        del words[0]
    key = []
    rest = words
    if words:
        number = _NUMBER.fullmatch(words[0])
        if number:
            digits, suffix = number.groups()
            rest = words[1:]
            key.append(digits)
            if suffix:
                key.append(_REPETITIONS.get(suffix, suffix))
            elif len(rest) > 1 and rest[0] in _REPETITIONS:
                key.append(_REPETITIONS[rest[0]])
                rest = rest[1:]
    if rest and rest[0] in _STREET_KINDS:
        key.append(_STREET_KINDS[rest[0]])
        rest = rest[1:]
    # The last word is a name even when it reads like an article ("ALLEE L").
    key += [
        _STREET_WORDS.get(word, word)
        for index, word in enumerate(rest, start=1)
        if word not in _ARTICLES or index == len(rest)
    ]
    return " ".join(key)


def same_street(one: str | None, other: str | None) -> bool:
    """Whether two street lines are the same place, usual abbreviations aside."""
    if one == other:
        return True
    return _compact(street_key(one), one) == _compact(street_key(other), other)


# ------------------------------------------------------------------------- cities

_CITY_WORDS = {"ST": "SAINT", "STE": "SAINTE", "LEZ": "LES", "S": "SUR"}
_CEDEX = re.compile(r"\bCEDEX\b.*")
_DISTRICT = re.compile(
    r"\b(PARIS|LYON|MARSEILLE) 0*(\d{1,2})(?: ?(?:ER|E|EME|ND|NDE))?"
    r"(?: ARR(?:ONDISSEMENT|DT)?)?$"
)


@lru_cache(maxsize=_CACHE)
def city_key(city: str | None) -> tuple[str, str]:
    """Normal form of a city: its name, and the district of Paris, Lyon, Marseille.

    ``"Lyon 9e Arrondissement"`` → ``("LYON", "9")``; ``"ST-OUEN CEDEX 01"`` →
    ``("SAINT OUEN", "")``.
    """
    folded = _CEDEX.sub("", fold(city)).strip()
    district = ""
    found = _DISTRICT.search(folded)
    if found and found.start() == 0:
        folded, district = found[1], found[2]
    words = [_CITY_WORDS.get(word, word) for word in folded.split()]
    return " ".join(words), district


def same_city(one: str | None, other: str | None) -> bool:
    """Whether two cities are the same, CEDEX aside.

    A missing district is no difference (the postcode tells it); two different
    districts are one.
    """
    if one == other:
        return True
    (name, district), (other_name, other_district) = city_key(one), city_key(other)
    if _compact(name, one) != _compact(other_name, other):
        return False
    return not district or not other_district or district == other_district


# -------------------------------------------------------------------------- names

#: Legal forms as they stand before or after a name, longest first.
_LEGAL_FORMS = sorted(
    (
        "SA",
        "SAS",
        "SASU",
        "SARL",
        "SARLU",
        "EURL",
        "EIRL",
        "EI",
        "SCI",
        "SCM",
        "SCP",
        "SCEA",
        "SCOP",
        "SCIC",
        "SCA",
        "SCS",
        "SNC",
        "SEM",
        "SELARL",
        "SELAS",
        "SELAFA",
        "SELURL",
        "SELASU",
        "EARL",
        "GAEC",
        "GIE",
        "GEIE",
        "SICA",
        "SC",
        "SPFPL",
        "S A",
        "S A S",
        "S A S U",
        "S A R L",
        "E U R L",
        "E A R L",
        "S C I",
        "S N C",
        "S C P",
        "SOCIETE ANONYME",
        "SOCIETE PAR ACTIONS SIMPLIFIEE",
        "SOCIETE PAR ACTIONS SIMPLIFIEE UNIPERSONNELLE",
        "SOCIETE PAR ACTIONS SIMPLIFIEE A ASSOCIE UNIQUE",
        "SOCIETE A RESPONSABILITE LIMITEE",
        "ENTREPRISE UNIPERSONNELLE A RESPONSABILITE LIMITEE",
        "ENTREPRISE INDIVIDUELLE",
        "SOCIETE CIVILE IMMOBILIERE",
        "SOCIETE CIVILE PROFESSIONNELLE",
        "SOCIETE CIVILE DE MOYENS",
        "SOCIETE CIVILE",
        "SOCIETE EN NOM COLLECTIF",
        "EXPLOITATION AGRICOLE A RESPONSABILITE LIMITEE",
        "GROUPEMENT AGRICOLE D EXPLOITATION EN COMMUN",
        "GROUPEMENT D INTERET ECONOMIQUE",
        "SOCIETE D EXERCICE LIBERAL A RESPONSABILITE LIMITEE",
        "SOCIETE COOPERATIVE DE PRODUCTION",
        "SOCIETE EUROPEENNE",
    ),
    key=len,
    reverse=True,
)
_FORMS = "|".join(_LEGAL_FORMS)
_LEADING_FORM = re.compile(rf"^(?:(?:{_FORMS})\b ?)+")
_TRAILING_FORM = re.compile(rf"(?: ?\b(?:{_FORMS}))+$")
_FIRST_WORDS = frozenset(form.split()[0] for form in _LEGAL_FORMS)
_LAST_WORDS = frozenset(form.split()[-1] for form in _LEGAL_FORMS)
_CIVILITIES = frozenset("M MR MME MLLE MONSIEUR MADAME MADEMOISELLE".split())

_NAME_WORDS = {
    "ETS": "ETABLISSEMENTS",
    "ETABL": "ETABLISSEMENTS",
    "ETABLISSEMENT": "ETABLISSEMENTS",
    "CIE": "COMPAGNIE",
    "ENT": "ENTREPRISE",
    "ENTR": "ENTREPRISE",
    "ENTREP": "ENTREPRISE",
    "FRES": "FRERES",
    "ASSO": "ASSOCIATION",
    "ASSOC": "ASSOCIATION",
    "GPE": "GROUPE",
    "INTL": "INTERNATIONAL",
    "ST": "SAINT",
    "STE": "SAINTE",
    "STS": "SAINTS",
}


@lru_cache(maxsize=_CACHE)
def strip_legal_form(name: str | None) -> str:
    """Folded name without the legal form before or after it (also in brackets).

    ``"SARL Dupont & Fils"`` and ``"DUPONT ET FILS (S.A.R.L.)"`` →
    ``"DUPONT ET FILS"``. A name that is nothing else keeps it.
    """
    folded = fold(name)
    short = folded
    if folded.partition(" ")[0] in _FIRST_WORDS:
        short = _LEADING_FORM.sub("", short, count=1)
    if folded.rpartition(" ")[2] in _LAST_WORDS:
        short = _TRAILING_FORM.sub("", short)
    return short.strip() or folded


@lru_cache(maxsize=_CACHE)
def name_key(name: str | None) -> str:
    """Normal form of a company's name: no legal form, usual abbreviations written out.

    A leading ``STE`` is a company ("société"), elsewhere it is a saint.
    """
    words = strip_legal_form(name).split()
    if len(words) > 1 and words[0] in _CIVILITIES:
        del words[0]
    if len(words) > 1 and words[0] in ("STE", "SOC"):
        words[0] = "SOCIETE"
    return " ".join([_NAME_WORDS.get(word, word) for word in words])


def same_name(one: str | None, other: str | None) -> bool:
    """Whether two legal names are the same.

    Case, accents, punctuation, usual abbreviations and the legal form are cosmetic:
    the legal form is a field of its own in the register.
    """
    if one == other:
        return True
    return _compact(name_key(one), one) == _compact(name_key(other), other)


def without_brackets(name: str | None) -> str:
    """The name without bracketed additions such as ``(HOLDING)``, if any name is left.

    Returns the text itself, not folded.
    """
    text = name or ""
    return _BRACKETS.sub(" ", text).strip() or text
