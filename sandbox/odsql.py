"""ODSQL, the query language of the Explore API, compiled to SQLite.

Understood in ``where``: ``=``, ``:``, ``!=``, ``<``, ``<=``, ``>``, ``>=``,
``in (…)``, ``like`` with ``*`` and ``%``, ``is null``, ``is not null``,
``startswith()``, ``search()``, ``suggest()``, a text alone (full-text search),
``and``, ``or``, ``not``, parentheses; texts in either quotes with a backslash as the
escape; ``date'…'``; field names bare or in backquotes; keywords in any case.

``search()`` wants every word, the last one as a beginning too. The real service is
documented as fuzzy there; a client that counts on it would find less here, not more.
"""

import re
from functools import lru_cache

from .fields import FACETS, FIELD_TYPES, SEARCHED_FIELDS
from .words import fold, words

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<number>-?\d+(?:\.\d+)?(?![\w]))
  | (?P<name>[A-Za-z_]\w*|`[^`]+`)
  | (?P<sign><=|>=|!=|<>|[=:<>(),*])
    """,
    re.VERBOSE | re.DOTALL,
)
_COMPARISONS = {
    "=": "IS",
    ":": "IS",
    "!=": "IS NOT",
    "<>": "IS NOT",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
}
_DEEPEST = 100
#: Greater than any text with the same beginning.
_LAST_CHARACTER = chr(0x10FFFF)


class OdsqlError(ValueError):
    """The query makes no sense; the message is what the service would say of it."""


def _unquote(literal):
    return re.sub(r"\\(.)", r"\1", literal[1:-1], flags=re.DOTALL)


def _tokens(source):
    position = 0
    while position < len(source):
        match = _TOKEN.match(source, position)
        if not match:
            raise OdsqlError(f"unexpected character at position {position}")
        position = match.end()
        kind = match.lastgroup
        if kind == "space":
            continue
        value = match.group()
        if kind == "text":
            value = _unquote(value)
        elif kind == "name" and value.startswith("`"):
            value = value[1:-1]
            kind = "quoted name"
        yield kind, value
    yield "end", None


@lru_cache(maxsize=256)
def _like_pattern(pattern):
    parts = re.split(r"[*%]", fold(pattern))
    return re.compile(".*".join(map(re.escape, parts)), re.DOTALL)


def like(value, pattern):
    """``like``: with ``*`` or ``%`` the whole value, otherwise words in it."""
    if value is None:
        return False
    if "*" in pattern or "%" in pattern:
        return _like_pattern(pattern).fullmatch(fold(str(value))) is not None
    return set(words(pattern)) <= set(words(str(value)))


def _match_expression(fields, wanted, every_prefix=False):
    terms = []
    for position, word in enumerate(wanted):
        prefix = "*" if every_prefix or position == len(wanted) - 1 else ""
        terms.append(f'"{word}"{prefix}')
    expression = " AND ".join(terms)
    if fields:
        expression = f"{{{' '.join(fields)}}} : ({expression})"
    return expression


class _Where:
    """One parse of a ``where``; conditions and parameters are collected on the way."""

    def __init__(self, source):
        self._tokens = list(_tokens(source))
        self._position = 0
        self._depth = 0
        self.parameters = []

    def compile(self):
        condition = self._either()
        if self._peek()[0] != "end":
            raise OdsqlError(f"unexpected {self._peek()[1]!r}")
        return condition

    # -- tokens -------------------------------------------------------------------

    def _peek(self, ahead=0):
        position = min(self._position + ahead, len(self._tokens) - 1)
        return self._tokens[position]

    def _next(self):
        token = self._peek()
        self._position += 1
        return token

    def _keyword(self, *keywords):
        kind, value = self._peek()
        if kind == "name" and value.lower() in keywords:
            self._position += 1
            return value.lower()
        return None

    def _sign(self, sign):
        if self._peek() == ("sign", sign):
            self._position += 1
            return True
        return False

    def _expect(self, sign):
        if not self._sign(sign):
            raise OdsqlError(f"{sign!r} expected before {self._peek()[1]!r}")

    # -- grammar ------------------------------------------------------------------

    def _either(self):
        conditions = [self._both()]
        while self._keyword("or"):
            conditions.append(self._both())
        return self._join(" OR ", conditions)

    def _both(self):
        conditions = [self._negation()]
        while self._keyword("and"):
            conditions.append(self._negation())
        return self._join(" AND ", conditions)

    @staticmethod
    def _join(word, conditions):
        if len(conditions) == 1:
            return conditions[0]
        return "(" + word.join(conditions) + ")"

    def _negation(self):
        self._depth += 1
        if self._depth > _DEEPEST:
            raise OdsqlError("too many nested conditions")
        try:
            if self._keyword("not"):
                # A row without a value fulfils the negation of a comparison with it.
                return f"({self._negation()}) IS NOT TRUE"
            if self._sign("("):
                condition = self._either()
                self._expect(")")
                return condition
            return self._predicate()
        finally:
            self._depth -= 1

    def _predicate(self):
        kind, value = self._next()
        if kind == "text":
            return self._search((), value)
        if kind == "name" and self._peek() == ("sign", "("):
            return self._function(value)
        if kind not in ("name", "quoted name"):
            raise OdsqlError(f"a field or a condition expected, got {value!r}")
        return self._comparison(known_field(value))

    def _comparison(self, field):
        if self._keyword("is"):
            negated = self._keyword("not")
            if not self._keyword("null"):
                raise OdsqlError("'null' expected after 'is'")
            return f"{field} IS {'NOT ' if negated else ''}NULL"
        negated = self._keyword("not")
        if self._keyword("in"):
            condition = self._in(field)
        elif self._keyword("like"):
            condition = self._like(field)
        elif negated:
            raise OdsqlError("'in' or 'like' expected after 'not'")
        else:
            return self._compared(field)
        return f"({condition}) IS NOT TRUE" if negated else condition

    def _compared(self, field):
        kind, sign = self._next()
        if kind != "sign" or sign not in _COMPARISONS:
            raise OdsqlError(f"a comparison expected after {field}")
        self.parameters.append(self._literal(field))
        return f"{field} {_COMPARISONS[sign]} ?"

    def _in(self, field):
        self._expect("(")
        literals = [self._literal(field)]
        while self._sign(","):
            literals.append(self._literal(field))
        self._expect(")")
        self.parameters.extend(literals)
        return f"{field} IN ({', '.join('?' * len(literals))})"

    def _like(self, field):
        pattern = self._text()
        self.parameters.append(pattern)
        return f"ods_like({field}, ?)"

    def _literal(self, field):
        """A literal, turned into what the field's column holds."""
        if self._peek()[0] == "name" and self._peek(1)[0] == "text":
            if not self._keyword("date"):
                raise OdsqlError(f"unexpected {self._peek()[1]!r}")
        kind, value = self._next()
        if kind == "name" and value.lower() == "null":
            return None
        if kind not in ("text", "number"):
            raise OdsqlError(f"a value expected for {field}, got {value!r}")
        if FIELD_TYPES[field] == "double":
            try:
                return float(value)
            except ValueError:
                raise OdsqlError(f"{field} is a number, got {value!r}") from None
        return value

    def _text(self):
        kind, value = self._next()
        if kind != "text":
            raise OdsqlError(f"a text expected, got {value!r}")
        return value

    def _function(self, name):
        self._expect("(")
        function = name.lower()
        if function not in ("search", "suggest", "startswith"):
            raise OdsqlError(f"Unknown function: {name}")
        fields = []
        while self._peek()[0] in ("name", "quoted name"):
            fields.append(known_field(self._next()[1]))
            self._expect(",")
        if not fields and self._sign("*"):
            self._expect(",")
        text = self._text()
        self._expect(")")
        if function == "startswith":
            return self._startswith(fields, text)
        return self._search(fields, text, every_prefix=function == "suggest")

    def _startswith(self, fields, text):
        if not fields:
            raise OdsqlError("startswith() needs a field")
        conditions = []
        for field in fields:
            self.parameters += [text, text + _LAST_CHARACTER]
            conditions.append(f"({field} >= ? AND {field} < ?)")
        return self._join(" OR ", conditions)

    def _search(self, fields, text, every_prefix=False):
        wanted = words(text)
        if not wanted:
            return "1"
        unindexed = [field for field in fields if field not in SEARCHED_FIELDS]
        indexed = [field for field in fields if field in SEARCHED_FIELDS]
        conditions = []
        if indexed or not fields:
            self.parameters.append(_match_expression(indexed, wanted, every_prefix))
            conditions.append(
                "id IN (SELECT rowid FROM establishment_words "
                "WHERE establishment_words MATCH ?)"
            )
        for field in unindexed:
            self.parameters.append(" ".join(wanted))
            conditions.append(f"contains_words({field}, ?, 1)")
        return self._join(" OR ", conditions)


def known_field(name):
    """``name`` if the dataset has such a field; an SQL column of the same name."""
    field = name.lower()
    if field not in FIELD_TYPES:
        raise OdsqlError(f"Unknown field: {name}")
    return field


def compile_where(source):
    """``(SQL condition, parameters)`` of a ``where``."""
    where = _Where(source)
    condition = where.compile()
    return condition, where.parameters


def compile_refine(source):
    """``(SQL condition, parameters)`` of a ``refine``: ``facet:value``."""
    name, colon, value = source.partition(":")
    field = known_field(name.strip())
    if not colon or field not in FACETS:
        raise OdsqlError(f"{name} is not a facet, or has no value")
    value = value.strip()
    if value[:1] == value[-1:] and value[:1] in ("'", '"') and len(value) > 1:
        value = _unquote(value)
    return f"{field} IS ?", [value]


def compile_select(source):
    """``[(field, name in the answer), …]`` of a ``select``."""
    tokens = list(_tokens(source))
    selected = []
    position = 0

    def take(*kinds):
        nonlocal position
        kind, value = tokens[position]
        if kind not in kinds:
            raise OdsqlError(f"unexpected {value!r}")
        position += 1
        return value

    if tokens[0] == ("sign", "*") and tokens[1][0] == "end":
        return [(name, name) for name in FIELD_TYPES]
    while True:
        field = known_field(take("name", "quoted name"))
        name = field
        if tokens[position][0] == "name" and tokens[position][1].lower() == "as":
            position += 1
            name = take("name", "quoted name", "text")
        selected.append((field, name))
        if tokens[position][0] == "end":
            return selected
        if take("sign") != ",":
            raise OdsqlError("',' expected between fields")


def compile_order_by(source):
    """An SQL ``ORDER BY`` list of an ``order_by``."""
    terms = []
    for part in source.split(","):
        pieces = part.split()
        if not 1 <= len(pieces) <= 2:
            raise OdsqlError(f"unexpected {part.strip()!r}")
        direction = pieces[1].upper() if len(pieces) == 2 else "ASC"
        if direction not in ("ASC", "DESC"):
            raise OdsqlError(f"'asc' or 'desc' expected, got {pieces[1]!r}")
        # Rows without a value come last, whatever the direction.
        field = known_field(pieces[0].strip("`"))
        terms.append(f"{field} IS NULL, {field} {direction}")
    return ", ".join(terms)
