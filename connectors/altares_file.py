"""Files exported from Altares' portal Intuiz+: which columns, and what rows say.

No format is published and each customer sets up exports of their own: columns are
proposed by their usual titles, a person confirms them once, and rows are keyed by
SIREN. Amounts are euros.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from . import credit_values as common
from . import french_values as french
from . import identifiers, parsing, tables
from .credit import (
    CreditFacts,
    KeyFigures,
    PaymentBehaviour,
    Privileges,
    Proceeding,
    ScorePoint,
)
from .errors import RefusedError
from .tables import TableFormat
from .text import fold

SERVICE = "altares_file"
CURRENCY = "EUR"
_HEADER_WITHIN = 40
_SAMPLES = 3
_SCIENTIFIC = re.compile(r"[0-9]([.,][0-9]+)?[eE]\+?[0-9]+")


@dataclass(frozen=True, slots=True)
class FileField:
    """What a column may hold; ``titles`` are its usual ones, folded."""

    name: str
    read: Callable[[Any], Any]
    titles: tuple[str, ...]


def _text(value: Any) -> str | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return parsing.text(value)


def _amount(value: Any) -> float | None:
    found = french.number(value)
    return found if found is not None and found >= 0 else None


def _signed(value: Any) -> float | None:
    return french.number(value)


def _count(value: Any) -> int | None:
    if french.is_nothing(value):
        return 0
    return common.count(french.number(value))


def _score(value: Any) -> float | None:
    return common.score(french.number(value), 0, 100)


def _score_20(value: Any) -> float | None:
    return common.score(french.number(value), 0, 20)


def _paydex(value: Any) -> int | None:
    """The index: Altares calls average days Paydex as well, these are another field."""
    if isinstance(value, str) and "J" in value.upper():
        return None
    found = common.count(french.number(value))
    return found if found is not None and 0 <= found <= 100 else None


def _days(value: Any) -> float | None:
    return common.score(french.number(value), -365, 3650)


_STATES = {
    "A": "active",
    "ACTIF": "active",
    "ACTIVE": "active",
    "EN ACTIVITE": "active",
    "OUVERT": "active",
    "1": "active",
    "C": "ceased",
    "F": "ceased",
    "CESSE": "ceased",
    "CESSEE": "ceased",
    "FERME": "ceased",
    "FERMEE": "ceased",
    "INACTIF": "ceased",
    "INACTIVE": "ceased",
    "RADIE": "ceased",
    "RADIEE": "ceased",
    "DISSOUTE": "ceased",
}


def _status(value: Any) -> str | None:
    words = fold(_text(value))
    return _STATES.get(words) or ("other" if words else None)


def siren_of_cell(value: Any) -> str | None:
    """SIREN of a SIREN or SIRET, whatever a spreadsheet has made of it.

    Leading zeros that it dropped are put back, and a number that it shows as
    ``4,82133675E+08`` is read when no digit is lost.
    """
    if isinstance(value, float):
        value = int(value) if value.is_integer() and 0 < value < 10**14 else None
    line = "" if value is None else str(value)
    if len(line) == 9 and identifiers.is_valid_siren(line):
        # Nearly all of them, as they should be.
        return line
    if "E" in line.upper():
        exact = french.number(line) if _SCIENTIFIC.fullmatch(line) else None
        line = str(int(exact)) if exact and exact.is_integer() else ""
    digits = identifiers.clean(line.removesuffix(".0").removesuffix(",0"))
    if not digits.isascii() or not digits.isdigit():
        return None
    for length in (9, 14):
        # The first numbers that were given out begin with two zeros at most.
        if length - 3 <= len(digits) <= length:
            found = identifiers.siren_of(digits.zfill(length))
            if found:
                return found
    return None


FIELDS = (
    FileField(
        "siren",
        siren_of_cell,
        (
            "SIREN",
            "SIRET",
            "NO SIREN",
            "N SIREN",
            "NUMERO SIREN",
            "NUM SIREN",
            "CODE SIREN",
            "SIREN SIRET",
            "SIREN DE L ENTREPRISE",
            "NUMERO SIRET",
            "N SIRET",
        ),
    ),
    FileField(
        "name",
        _text,
        (
            "RAISON SOCIALE",
            "DENOMINATION",
            "DENOMINATION SOCIALE",
            "NOM",
            "NOM DE L ENTREPRISE",
            "ENTREPRISE",
            "SOCIETE",
        ),
    ),
    FileField(
        "credit_limit",
        _amount,
        (
            "CREDIT CONSEILLE",
            "AVIS DE CREDIT",
            "AVIS CREDIT",
            "CREDIT RECOMMANDE",
            "CREDIT MAXIMUM CONSEILLE",
            "MONTANT CREDIT CONSEILLE",
            "MONTANT DU CREDIT CONSEILLE",
            "ENCOURS CONSEILLE",
            "ENCOURS RECOMMANDE",
            "ENCOURS MAXIMUM CONSEILLE",
            "LIMITE DE CREDIT",
            "LIMITE DE CREDIT CONSEILLEE",
        ),
    ),
    FileField(
        "score",
        _score,
        (
            "SCORE",
            "SCORE 100",
            "SCORE SUR 100",
            "SCORE CENT",
            "SCORE ALTARES",
            "SCORE DE DEFAILLANCE",
            "SCORE DEFAILLANCE",
        ),
    ),
    FileField(
        "score_20",
        _score_20,
        ("SCORE 20", "SCORE SUR 20", "SCORE VINGT", "NOTE 20", "NOTE SUR 20"),
    ),
    FileField(
        "industry_score_20",
        _score_20,
        (
            "SCORE SECTORIEL 20",
            "SCORE SECTORIEL",
            "SCORE SECTORIEL SUR 20",
            "SCORE SECTEUR",
        ),
    ),
    FileField(
        "scored_on",
        french.day,
        ("DATE SCORE", "DATE DU SCORE", "DATE DE VALEUR", "DATE VALEUR SCORE"),
    ),
    FileField(
        "risk_label",
        _text,
        ("NIVEAU DE RISQUE", "RISQUE", "CLASSE DE RISQUE", "LIBELLE SCORE"),
    ),
    FileField(
        "paydex",
        _paydex,
        ("PAYDEX", "INDICE PAYDEX", "PAYDEX INDICE", "SCORE PAYDEX", "PAYDEX 100"),
    ),
    FileField(
        "dbt",
        _days,
        (
            "RETARD MOYEN",
            "RETARD MOYEN JOURS",
            "RETARD MOYEN J",
            "RETARD MOYEN EN JOURS",
            "RETARD MOYEN DE PAIEMENT",
            "RETARD DE PAIEMENT",
            "JOURS DE RETARD",
            "NB JOURS DE RETARD",
            "NOMBRE DE JOURS DE RETARD",
            "PAYDEX JOURS",
        ),
    ),
    FileField(
        "privileges_number",
        _count,
        (
            "PRIVILEGES NOMBRE",
            "PRIVILEGES NB",
            "PRIVILEGES",
            "NOMBRE DE PRIVILEGES",
            "NOMBRE PRIVILEGES",
            "NB PRIVILEGES",
            "NB DE PRIVILEGES",
        ),
    ),
    FileField(
        "privileges_amount",
        _amount,
        (
            "PRIVILEGES MONTANT",
            "MONTANT DES PRIVILEGES",
            "MONTANT PRIVILEGES",
            "MONTANT TOTAL DES PRIVILEGES",
        ),
    ),
    FileField(
        "proceedings",
        _text,
        (
            "PROCEDURE COLLECTIVE",
            "PROCEDURES COLLECTIVES",
            "PROCEDURE",
            "NATURE PROCEDURE",
            "NATURE DE LA PROCEDURE",
            "TYPE DE PROCEDURE",
            "PROCEDURE EN COURS",
        ),
    ),
    FileField(
        "proceedings_on",
        french.day,
        (
            "DATE PROCEDURE",
            "DATE DE PROCEDURE",
            "DATE DE LA PROCEDURE",
            "DATE PROCEDURE COLLECTIVE",
            "DATE JUGEMENT",
            "DATE DU JUGEMENT",
        ),
    ),
    FileField(
        "turnover",
        _signed,
        (
            "CHIFFRE D AFFAIRES",
            "CHIFFRE AFFAIRES",
            "CHIFFRE D AFFAIRE",
            "CHIFFRE AFFAIRE",
            "DERNIER CHIFFRE D AFFAIRES",
            "CA",
            "CA HT",
            "DERNIER CA",
            "CA N",
        ),
    ),
    FileField(
        "accounts_on",
        french.end_of_period,
        (
            "DATE BILAN",
            "DATE DU BILAN",
            "DATE DERNIER BILAN",
            "DATE DU DERNIER BILAN",
            "DATE DE CLOTURE",
            "DATE CLOTURE",
            "EXERCICE",
            "ANNEE CA",
        ),
    ),
    FileField(
        "employees",
        _count,
        ("EFFECTIF", "EFFECTIFS", "NOMBRE DE SALARIES", "EFFECTIF ENTREPRISE"),
    ),
    FileField(
        "naf",
        parsing.naf,
        (
            "NAF",
            "CODE NAF",
            "CODE APE",
            "APE",
            "NAF APE",
            "CODE NAF APE",
            "CODE ACTIVITE",
        ),
    ),
    FileField(
        "status",
        _status,
        (
            "ETAT",
            "STATUT",
            "ETAT ENTREPRISE",
            "ETAT DE L ENTREPRISE",
            "SITUATION",
            "ETAT ADMINISTRATIF",
        ),
    ),
)
FIELD_NAMES = tuple(field.name for field in FIELDS)
_BY_NAME = {field.name: field for field in FIELDS}
_BY_TITLE = {title: field.name for field in FIELDS for title in field.titles}
#: Of a title's end → what amounts below it are counted in.
_TITLE_UNITS = (
    (
        re.compile(
            r"\s+(K|KE|KEUR|EN K|EN KE|EN KEUR|MILLIERS|EN MILLIERS)( D EUROS)?$"
        ),
        1000,
    ),
    (re.compile(r"\s+(ME|MEUR|EN ME|EN MEUR|EN MILLIONS)( D EUROS)?$"), 1_000_000),
    (re.compile(r"\s+(E|EUR|EUROS|EN E|EN EUR|EN EUROS)$"), 1),
)
_SCALED = ("credit_limit", "privileges_amount", "turnover")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file: its place from 0, title, and a few of its values."""

    index: int
    title: str
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileLayout:
    """What a file's head tells.

    ``header_line`` is the row with the titles, from 1; ``proposed`` maps names of
    :data:`FIELDS` to the places of columns.
    """

    format: TableFormat
    header_line: int
    columns: tuple[Column, ...]
    proposed: Mapping[str, int]
    sheets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileRow:
    """What one row says of one company.

    ``unread`` lists (field, what stands there) of values that make no sense: they
    are left out, the row counts.
    """

    line: int
    siren: str
    facts: CreditFacts
    unread: tuple[tuple[str, str], ...] = ()


#: Why a row is not taken: code → the sentence for people.
REASONS = {
    "no_siren": "The row has no SIREN.",
    "bad_siren": "The SIREN's check digit is wrong.",
    "rounded_siren": "A spreadsheet has rounded the SIREN: its last digits are lost.",
    "duplicate": "The SIREN stands further up in the file already.",
    "unreadable": "The row cannot be read: a quotation mark is not closed.",
}


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that is not taken; ``code`` is one of :data:`REASONS`."""

    line: int
    code: str
    value: str | None = None

    @property
    def reason(self) -> str:
        """The sentence for people."""
        return REASONS[self.code]


# -------------------------------------------------------------------------- the head


def read_layout(content: bytes, sheet: str | None = None) -> FileLayout:
    """Where the titles stand, what columns there are, and which hold what.

    :param sheet: of a workbook, the first one without
    :raises RefusedError: the file is no table
    """
    layout = tables.table_format(content, sheet)
    head = [
        row
        for row, _turn in zip(
            tables.rows_of(content, layout), range(_HEADER_WITHIN), strict=False
        )
    ]
    if not head:
        raise RefusedError("The file has no rows.", service=SERVICE)
    place = _header_place(head)
    line, titles = head[place]
    samples = [cells for _line, cells in head[place + 1 :]]
    columns = tuple(
        Column(index, _shown(title) or "", _samples(samples, index))
        for index, title in enumerate(titles)
    )
    return FileLayout(
        format=layout,
        header_line=line,
        columns=columns,
        proposed=_proposed(titles),
        sheets=tables.sheet_names(content),
    )


def _header_place(head: list) -> int:
    """The row with the most known titles, else the first one with several cells."""
    known = [len(_proposed(cells)) for _line, cells in head]
    best = max(range(len(head)), key=lambda place: (known[place], -place))
    if known[best] >= 2 or (known[best] and "siren" in _proposed(head[best][1])):
        return best
    several = (
        place
        for place, (_line, cells) in enumerate(head)
        if sum(cell is not None for cell in cells) > 1
    )
    return next(several, 0)


def _samples(rows: list, index: int) -> tuple[str, ...]:
    found = (_shown(cells[index]) for cells in rows if index < len(cells))
    return tuple(value for value in found if value)[:_SAMPLES]


def _shown(value: Any) -> str | None:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.15g}"
    return parsing.text(value) if not isinstance(value, bool) else str(value)


def _known_title(value: Any) -> tuple[str | None, int]:
    """The field that a title names, and what its amounts are counted in."""
    words = tables.title(str(value).replace("€", "E") if value is not None else None)
    if words in _BY_TITLE:
        return _BY_TITLE[words], 1
    for pattern, unit in _TITLE_UNITS:
        name = _BY_TITLE.get(pattern.sub("", words))
        if name and pattern.search(words):
            return name, unit
    return None, 1


def _proposed(titles: tuple) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, value in enumerate(titles):
        name, _unit = _known_title(value)
        if name is None:
            continue
        # A SIREN beside a SIRET is the better one.
        better = name == "siren" and tables.title(value) == "SIREN"
        if name not in found or better:
            found[name] = index
    return found


# -------------------------------------------------------------------------- the rows


def read_rows(
    content: bytes, layout: FileLayout, mapping: Mapping[str, int] | None = None
) -> Iterator[FileRow | RejectedRow]:
    """The companies of a file one after the other, and the rows that are not taken.

    :param mapping: names of :data:`FIELDS` → places of columns; ``layout.proposed``
        without
    :raises RefusedError: no column holds the SIREN, or the file cannot be read
    """
    mapping = dict(layout.proposed if mapping is None else mapping)
    if "siren" not in mapping:
        raise RefusedError("No column holds the SIREN.", service=SERVICE)
    unknown = set(mapping) - set(FIELD_NAMES)
    if unknown:
        raise RefusedError(
            f"No field is called {', '.join(sorted(unknown))}.", service=SERVICE
        )
    reader = _RowReader(layout, mapping)
    for line, cells in tables.rows_of(content, layout.format):
        if line > layout.header_line:
            yield reader.read(line, cells)


#: What stands in a cell instead of a value.
_NOT_KNOWN = object()
_UNREAD = object()


def _cell_reader(field: FileField, unit: int) -> Callable[[Any], Any]:
    """Reads a column's cells: most columns hold few different values."""

    # Typed: 1 and True are not the same cell.
    @lru_cache(maxsize=1 << 12, typed=True)
    def read(cell: Any) -> Any:
        if french.is_unknown(cell):
            return _NOT_KNOWN
        value = field.read(cell)
        if value is None:
            return _UNREAD
        return value * unit if unit != 1 and field.name in _SCALED else value

    return read


class _RowReader:
    def __init__(self, layout: FileLayout, mapping: dict[str, int]):
        self._siren = mapping.pop("siren")
        titles = {column.index: column.title for column in layout.columns}
        self._fields = [
            (
                name,
                index,
                _cell_reader(_BY_NAME[name], _known_title(titles.get(index))[1]),
            )
            for name, index in mapping.items()
        ]
        self._seen: set[str] = set()

    def read(self, line: int, cells: tuple) -> FileRow | RejectedRow:
        if not cells:
            return RejectedRow(line, "unreadable")
        cell = cells[self._siren] if self._siren < len(cells) else None
        siren = siren_of_cell(cell)
        if siren is None:
            return RejectedRow(line, _why_no_siren(cell), _shown(cell))
        if siren in self._seen:
            return RejectedRow(line, "duplicate", siren)
        self._seen.add(siren)
        told, unread = self._values(cells)
        return FileRow(line, siren, _facts(siren, told), tuple(unread))

    def _values(self, cells: tuple) -> tuple[dict, list]:
        told, unread = {}, []
        for name, index, read in self._fields:
            cell = cells[index] if index < len(cells) else None
            if cell is None:
                continue
            value = read(cell)
            if value is _NOT_KNOWN:
                # Told, but as unknown: "not rated" is no gap in the file.
                told.setdefault("unknown", set()).add(name)
            elif value is _UNREAD:
                unread.append((name, _shown(cell) or ""))
            else:
                told[name] = value
        return told, unread


def _why_no_siren(cell: Any) -> str:
    line = _shown(cell) or ""
    if _SCIENTIFIC.fullmatch(line):
        return "rounded_siren"
    digits = identifiers.clean(line)
    return "bad_siren" if digits.isdigit() and len(digits) > 5 else "no_siren"


_INSOLVENT = ("receivership", "liquidation", "insolvency")
_OPEN = ("safeguard", *_INSOLVENT)


def _facts(siren: str, told: dict[str, Any]) -> CreditFacts:
    unknown = told.get("unknown", ())
    score, score_20 = told.get("score"), told.get("score_20")
    rated = None
    if score is not None or score_20 is not None:
        rated = max(score or 0, score_20 or 0) > 0
    elif {"score", "score_20"} & set(unknown):
        rated = False
    proceedings, is_open = _proceedings(told)
    turnover = told.get("turnover")
    limit = told.get("credit_limit")
    number = told.get("privileges_number")
    amount = told.get("privileges_amount")
    has_open = None if number is None else number > 0
    if has_open is None and amount:
        has_open = True
    return CreditFacts(
        bureau_id=siren,
        country_code="FR",
        registration_number=siren,
        siren=siren,
        name=told.get("name"),
        status=told.get("status"),
        rating_description=told.get("risk_label"),
        is_rated=rated,
        is_failing=_is_failing(told, proceedings, rated),
        score=score,
        score_20=score_20,
        industry_score_20=told.get("industry_score_20"),
        credit_limit=limit,
        credit_limit_currency=CURRENCY if limit is not None else None,
        score_history=_history(told),
        key_figures=_key_figures(told),
        latest_turnover=turnover,
        latest_turnover_currency=CURRENCY if turnover is not None else None,
        employees=told.get("employees"),
        activity_code=told.get("naf"),
        naf=told.get("naf"),
        has_legal_facts=is_open is not None or number is not None or bool(proceedings),
        has_open_proceedings=is_open,
        proceedings=proceedings,
        privileges=Privileges(
            number=number,
            amount=amount,
            has_open=has_open,
            currency=CURRENCY if amount is not None else None,
        ),
        payment=PaymentBehaviour(dbt=told.get("dbt"), paydex=told.get("paydex")),
    )


def _proceedings(told: dict[str, Any]) -> tuple[tuple[Proceeding, ...], bool | None]:
    """The proceeding told, and whether one is open."""
    words = told.get("proceedings")
    day = told.get("proceedings_on")
    if words is None:
        return (), None
    if french.is_nothing(words):
        return (), False
    kind = common.proceeding_kind(None, words)
    label = None if parsing.flag(words) else words
    found = Proceeding(
        kind=kind,
        decided_on=day,
        label=label,
        state="closed" if kind == "closure" else None,
        source="other",
    )
    is_open = None
    if kind in _OPEN or parsing.flag(words):
        is_open = True
    elif kind == "closure":
        is_open = False
    return (found,), is_open


def _is_failing(
    told: dict[str, Any], proceedings: tuple[Proceeding, ...], rated: bool | None
) -> bool | None:
    if told.get("status") == "ceased":
        return True
    if any(one.kind in (*_INSOLVENT, "closure") for one in proceedings):
        return True
    return False if rated else None


def _history(told: dict[str, Any]) -> tuple[ScorePoint, ...]:
    day, score = told.get("scored_on"), told.get("score")
    if day is None or score is None:
        return ()
    limit = told.get("credit_limit")
    return (
        ScorePoint(
            date=day,
            score=score,
            limit=limit,
            currency=CURRENCY if limit is not None else None,
            is_rated=score > 0,
        ),
    )


def _key_figures(told: dict[str, Any]) -> tuple[KeyFigures, ...]:
    day, turnover = told.get("accounts_on"), told.get("turnover")
    if day is None or turnover is None:
        return ()
    return (
        KeyFigures(
            period_end=day,
            currency=CURRENCY,
            turnover=turnover,
            employees=told.get("employees"),
        ),
    )
