"""API keys and daily quotas, a counter a key or, without one, an address."""

import datetime
import threading
from dataclasses import dataclass, field

#: High on purpose: whoever wants to meet the limit sets a lower one.
DEFAULT_LIMIT = 1_000_000
DEFAULT_KEYS = ("sandbox-key",)


def _now():
    return datetime.datetime.now(datetime.timezone.utc)


def next_midnight():
    """The moment when daily quotas start again: 00:00 UTC."""
    tomorrow = _now().date() + datetime.timedelta(days=1)
    return datetime.datetime.combine(
        tomorrow, datetime.time(), tzinfo=datetime.timezone.utc
    )


@dataclass(frozen=True)
class Account:
    """What is left to a caller after a request."""

    limit: int
    remaining: int
    exhausted: bool
    reset: str

    def headers(self):
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": self.reset,
        }


@dataclass
class Quotas:
    """``limits`` by key, the anonymous callers' under None."""

    limits: dict = field(default_factory=dict)
    keys: set = field(default_factory=set)
    #: ``iso`` or ``epoch``: the real format of the reset header is not confirmed.
    reset_format: str = "iso"

    def __post_init__(self):
        self._lock = threading.Lock()
        self.reset()

    def reset(self):
        with self._lock:
            self.limits = {}
            self.keys = set(DEFAULT_KEYS)
            self.reset_format = "iso"
            self._used = {}
            self._day = _now().date()

    def knows(self, key):
        return key in self.keys

    def set_limit(self, key, limit):
        """Set a caller's daily limit and start its count again."""
        with self._lock:
            if limit is None:
                self.limits.pop(key, None)
            else:
                self.limits[key] = int(limit)
            self._used.clear()

    def use(self, key, client):
        """Count a request of a caller and say what is left."""
        with self._lock:
            today = _now().date()
            if today != self._day:
                self._day = today
                self._used = {}
            who = key or f"address {client}"
            limit = self.limits.get(key, DEFAULT_LIMIT)
            used = self._used.get(who, 0)
            exhausted = used >= limit
            if not exhausted:
                used += 1
                self._used[who] = used
            reset = next_midnight()
            text = (
                str(int(reset.timestamp()))
                if self.reset_format == "epoch"
                else reset.strftime("%Y-%m-%dT%H:%M:%SZ")
            )
            return Account(limit, max(limit - used, 0), exhausted, text)

    def state(self):
        with self._lock:
            return {
                "keys": sorted(self.keys),
                "limits": {str(key): limit for key, limit in self.limits.items()},
                "used": dict(self._used),
                "reset_format": self.reset_format,
            }
