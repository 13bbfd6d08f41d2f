"""Refusals of Creditsafe's stand-in, with their statuses and bodies."""


class Refusal(Exception):
    """An answer other than success."""

    status = 500

    def __init__(self, message):
        super().__init__(message)
        self.message = message

    def body(self, _correlation_id):
        return {"message": self.message}


class BadRequest(Refusal):
    status = 400

    def __init__(self, details, message="Bad request"):
        super().__init__(message)
        self.details = details

    def body(self, correlation_id):
        body = {"correlationId": correlation_id, "message": self.message}
        if self.details:
            body["details"] = self.details
        return body


class InvalidToken(Refusal):
    status = 401

    def __init__(self):
        super().__init__("Invalid token.")

    def body(self, _correlation_id):
        return {"error": self.message}


class Forbidden(Refusal):
    status = 403

    def __init__(self):
        super().__init__("Access forbidden")


class NotFound(Refusal):
    status = 404


class Conflict(Refusal):
    status = 409

    def body(self, correlation_id):
        return {"correlationId": correlation_id, "message": self.message}
