"""Log-in tokens of Creditsafe: how long they last, and who keeps them.

A log-in is rare on purpose: failed ones lock the account, and many are throttled. All
workers of a database share one token through their :class:`TokenStore`.
"""

import base64
import binascii
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Protocol

from . import parsing

LIFETIME = timedelta(hours=1)
#: Part of the lifetime after which a token is renewed: 55 minutes of an hour.
_USED_PART = 11 / 12


@dataclass(frozen=True, slots=True)
class Token:
    """A log-in token; ``renew_at`` and ``expires_at`` are aware UTC moments."""

    value: str = field(repr=False)
    renew_at: datetime
    expires_at: datetime

    def is_fresh(self) -> bool:
        """Whether it can be used without fear that it ends on the way."""
        return datetime.now(timezone.utc) < self.renew_at


class TokenStore(Protocol):
    """Where a log-in token is kept, shared by all that use the same account."""

    def current(self) -> Token | None:
        """The token kept, fresh or not, ``None`` without one."""

    def renew(self, log_in: Callable[[], Token], refused: str | None = None) -> Token:
        """A fresh token, by one log-in at most whatever the number of callers.

        Under a lock: when the token kept is fresh and its value is not ``refused``,
        somebody else has just renewed it and it is answered as it is; otherwise the
        answer of ``log_in`` is kept and answered. What ``log_in`` raises passes.

        :param refused: value of a token that the service did not accept
        """


class MemoryTokenStore:
    """A :class:`TokenStore` for the threads of one process."""

    def __init__(self):
        self._lock = threading.Lock()
        self._token: Token | None = None

    def current(self) -> Token | None:
        return self._token

    def renew(self, log_in: Callable[[], Token], refused: str | None = None) -> Token:
        with self._lock:
            token = self._token
            if token is None or token.value == refused or not token.is_fresh():
                self._token = token = log_in()
            return token


def token_of(value: str) -> Token:
    """A token that was issued just now, with its end as the JWT tells it.

    The lifetime counts from now by this machine's clock, which may differ from theirs.
    """
    now = datetime.now(timezone.utc)
    lifetime = _told_lifetime(value) or LIFETIME
    return Token(
        value=value, renew_at=now + lifetime * _USED_PART, expires_at=now + lifetime
    )


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
