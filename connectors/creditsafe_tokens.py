"""How long Creditsafe's log-in tokens last."""

import base64
import binascii
import json
from datetime import timedelta

from . import parsing
from .tokens import Token

LIFETIME = timedelta(hours=1)


def token_of(value: str) -> Token:
    """A token that was issued just now, with its end as the JWT tells it."""
    return Token.issued_now(value, _told_lifetime(value) or LIFETIME)


def _told_lifetime(value: str) -> timedelta | None:
    """Seconds between a JWT's ``nbf`` (or ``iat``) and ``exp``, up to a day."""
    parts = value.split(".")
    if len(parts) != 3:
        return None
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = parsing.as_dict(json.loads(base64.urlsafe_b64decode(padded)))
    except (ValueError, RecursionError, binascii.Error):
        return None
    start = parsing.number(claims.get("nbf", claims.get("iat")))
    end = parsing.number(claims.get("exp"))
    if start is None or end is None or not 0 < end - start <= 86400:
        return None
    return timedelta(seconds=end - start)
