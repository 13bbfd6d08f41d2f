"""ODSQL, the query language of OpenDataSoft's Explore API: expressions from values.

Every literal goes through :func:`quoted`; nothing else puts text into an expression.
"""

import re
from collections.abc import Iterable

_NOT_IN_LITERAL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def quoted(text: str) -> str:
    """A string literal that means the text and nothing else, whatever it holds.

    Quotes and backslashes are escaped; control characters (and lone surrogates, which
    have no UTF-8) become spaces, for no value of the register has any.
    """
    text = _NOT_IN_LITERAL.sub(" ", text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def equals(field: str, text: str) -> str:
    """The field is the text."""
    return f"{field} = {quoted(text)}"


def one_of(field: str, texts: Iterable[str]) -> str:
    """The field is one of the texts."""
    return f"{field} in ({', '.join(map(quoted, texts))})"


def begins(field: str, text: str) -> str:
    """The field's value begins with the text."""
    return f"startswith({field}, {quoted(text)})"


def contains_words(field: str, words: str) -> str:
    """The words are found in the field, in any order."""
    return f"search({field}, {quoted(words)})"


def word_begins(field: str, beginning: str) -> str:
    """A word of the field begins with the text."""
    return f"suggest({field}, {quoted(beginning)})"


def after(field: str, text: str) -> str:
    """The field sorts after the text."""
    return f"{field} > {quoted(text)}"


def all_of(*expressions: str) -> str:
    """All of the expressions hold; empty ones are left out."""
    return _joined(" and ", expressions)


def any_of(*expressions: str) -> str:
    """One of the expressions holds; empty ones are left out."""
    return _joined(" or ", expressions)


def _joined(word: str, expressions: Iterable[str]) -> str:
    kept = [expression for expression in expressions if expression]
    return kept[0] if len(kept) == 1 else f"({word.join(kept)})" if kept else ""
