"""Words of a text as searches see them: no case, no accents, no punctuation."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "Œ": "oe", "Æ": "ae", "ß": "ss"})


def fold(text):
    """``text`` in lower case without accents and ligatures."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()


def words(text):
    return _WORD.findall(fold(text))


def contains_words(text, wanted, prefix_last=True):
    """Whether every wanted word is in ``text``, the last one as a beginning too."""
    have = words(text)
    for position, word in enumerate(wanted):
        if prefix_last and position == len(wanted) - 1:
            if not any(other.startswith(word) for other in have):
                return False
        elif word not in have:
            return False
    return True
