"""The server: one module's interface over HTTP, for other processes of ours, and the health of this one."""

import json
from abc import ABC
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_type_hints

import django
import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from apps.core import scope
from apps.core.codec import decode, encode
from apps.core.errors import Conflict
from apps.core.http.errors import translate
from apps.core.http.health import HealthMiddleware
from apps.core.http.request_id import RequestIdMiddleware
from apps.core.http.wsgi import Application
from apps.core.modules import interface_of, local
from apps.core.remote import problems, tokens

READS = ("list_", "get_", "find_", "check_")

log = structlog.get_logger(__name__)


class AnsweredBefore(Conflict):
    """The call was carried out when it came first; its answer, which was lost, is not kept."""

    code = "answered_before"
    message = _("This was done, but we can't tell how it ended. Reload the page and look.")


class ModuleApplication(Application):
    """A WSGI application that serves one module's interface and /healthz and /readyz, and nothing else."""

    def __init__(self, module: str) -> None:
        django.setup(set_prefix=False)
        self.module = module
        self.interface: type[ABC] = interface_of(module)
        super().__init__()

    def load_middleware(self, is_async: bool = False) -> None:
        self._middleware_chain = RequestIdMiddleware(HealthMiddleware(self.answer))

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Carry a call out, and return what came of it."""
        module, _slash, method = request.path.strip("/").partition("/")
        if module != self.module or method not in self.interface.__abstractmethods__:
            return _refusal(404, "no_such_method")
        if request.method != "POST":
            return _refusal(405, "method_not_allowed")
        try:
            call = tokens.verify(_bearer(request), module=module, method=method, body=request.body)
        except tokens.TokenRefused:
            return _refusal(401, "service_token_refused")
        except RequestDataTooBig:
            return _refusal(413, "call_too_large")
        # A module apart knows no cells; and whoever calls, it is the application.
        here = replace(call.scope, role="app", cell=None)
        with scope.activate(here), translation.override(call.language):
            try:
                return JsonResponse(self._carry_out(call), safe=False)
            except Exception as error:
                return _problem(error)

    def _carry_out(self, call: tokens.Call) -> Any:
        method = getattr(local(self.interface), call.method)
        hints = get_type_hints(getattr(self.interface, call.method))
        arguments = {name: decode(hints[name], data) for name, data in json.loads(call.body).items()}
        if call.method.startswith(READS):
            return encode(method(**arguments))
        return _write(call, method, arguments, returns=hints["return"])


def _write(call: tokens.Call, method: Callable[..., Any], arguments: dict[str, Any], *, returns: Any) -> Any:
    """Write once for each key. What is written and the key stand or fall together."""
    with transaction.atomic():
        if _claim(call.key):
            return encode(method(**arguments))
    if returns is type(None):
        return None
    raise AnsweredBefore


def _claim(key: Any) -> bool:
    """Note a key, and tell whether it is new. Waits for one that is being noted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into core_answered_call (key, answered_at) values (%s, now()) on conflict do nothing",
            [key],
        )
        is_new = cursor.rowcount == 1
        if key.int % 100 == 0:  # now and then, by chance
            cursor.execute("delete from core_answered_call where answered_at < now() - interval '1 day'")
    return is_new


def _bearer(request: HttpRequest) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


def _problem(error: Exception) -> HttpResponse:
    found = translate(error)
    if found is None:
        log.error("module.failed", exc_info=error)
        return _refusal(500, "defect")
    return JsonResponse(
        problems.document(found), status=found.status, content_type="application/problem+json"
    )


def _refusal(status: int, code: str) -> HttpResponse:
    return JsonResponse(
        {"code": code, "status": status}, status=status, content_type="application/problem+json"
    )
