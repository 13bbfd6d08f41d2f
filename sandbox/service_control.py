"""The part of the control address that is a service's own."""

from .http_messages import json_response


class ServiceControl:
    """``GET /control/NAME/things`` is answered by ``_get_things``."""

    help = {}

    def __init__(self, service):
        self._service = service

    def handle(self, request, what):
        name = f"_{request.method.lower()}_{what or 'state'}"
        answer = getattr(self, name, None)
        if answer is None:
            return json_response({"error": f"unknown: {request.method} {what}"}, 404)
        return json_response(answer(request))

    def _get_help(self, _request):
        return self.help
