"""Errors of the outside services. The type carries the decision that follows."""

from datetime import datetime


class ServiceError(Exception):
    """A call to an outside service failed.

    :param message: a sentence for people, without secrets nor full addresses
    :param service: code of the service, e.g. ``opendatasoft``
    """

    code = "error"

    def __init__(self, message: str, *, service: str = ""):
        super().__init__(message)
        self.service = service


class TransientError(ServiceError):
    """Time-out, cut connection or 5xx: the same call may work later."""

    code = "transient"


class OutcomeUnknownError(TransientError):
    """A call that costs or makes something failed after it was sent.

    Whether the service acted is not known: never do it again without asking a person.
    """

    code = "outcome_unknown"


class AuthenticationError(ServiceError):
    """The key or log-in was refused: stop, and tell a person."""

    code = "authentication"


class QuotaError(ServiceError):
    """The allowance is used up: stop, and resume at ``reset_at``.

    :param reset_at: aware UTC moment given by the service, ``None`` if unknown
    """

    code = "quota"

    def __init__(
        self, message: str, *, service: str = "", reset_at: datetime | None = None
    ):
        super().__init__(message, service=service)
        self.reset_at = reset_at


class NotFoundError(ServiceError):
    """The service does not know what was asked: remember it, don't ask tomorrow."""

    code = "not_found"


class RefusedError(ServiceError):
    """The request itself is refused (not in the contract, or not understood)."""

    code = "refused"


class ForbiddenError(RefusedError):
    """What was asked for is not in the contract, or is somebody else's."""

    code = "forbidden"


class TooManyFoundError(RefusedError):
    """Far too many fit: say more about what is looked for."""

    code = "too_many"


class MalformedError(ServiceError):
    """The answer makes no sense: no JSON, a missing field, a wrong type."""

    code = "malformed"
