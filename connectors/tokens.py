"""Log-in tokens of the bureaus: how long they last, and who keeps them.

A log-in is rare on purpose: failed ones lock the account, and many are throttled. All
workers of a database share one token through their :class:`TokenStore`.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Protocol

#: Part of the lifetime after which a token is renewed: 55 minutes of an hour.
_USED_PART = 11 / 12


@dataclass(frozen=True, slots=True)
class Token:
    """A log-in token; ``renew_at`` and ``expires_at`` are aware UTC moments."""

    value: str = field(repr=False)
    renew_at: datetime
    expires_at: datetime

    @classmethod
    def issued_now(cls, value: str, lifetime: timedelta) -> "Token":
        """A token just received.

        The lifetime counts from now by this machine's clock: theirs may differ.
        """
        now = datetime.now(timezone.utc)
        return cls(
            value=value, renew_at=now + lifetime * _USED_PART, expires_at=now + lifetime
        )

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
