"""What was asked of the sandbox: counters, and the last requests."""

import threading
from collections import Counter, deque


class Traffic:
    def __init__(self, kept=1000):
        self._lock = threading.Lock()
        self._last = deque(maxlen=kept)
        self.clear()

    def clear(self):
        with self._lock:
            self._last.clear()
            self._services = Counter()
            self._paths = Counter()
            self._statuses = Counter()
            self._seconds = 0.0

    def note(self, service, request, status, seconds, fault):
        """Record a request; ``status`` is None when no answer was sent."""
        entry = {
            "service": service,
            "method": request.method,
            "path": request.path,
            "query": {
                name: "…" if name == "apikey" else values
                for name, values in request.query.items()
            },
            "user_agent": request.headers.get("User-Agent"),
            "status": status,
            "milliseconds": round(seconds * 1000, 3),
            "fault": fault,
        }
        with self._lock:
            self._last.append(entry)
            self._services[service] += 1
            self._paths[f"{service} {request.method} {request.path}"] += 1
            self._statuses[str(status)] += 1
            self._seconds += seconds

    def state(self, last=100):
        with self._lock:
            return {
                "total": sum(self._services.values()),
                "services": dict(self._services),
                "paths": dict(self._paths),
                "statuses": dict(self._statuses),
                "server_seconds": round(self._seconds, 6),
                "last": list(self._last)[-last:] if last else [],
            }
