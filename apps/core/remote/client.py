"""The client: a module's interface, each method of which is a call of the process that serves it."""

import json
from abc import ABC
from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, get_type_hints

from django.conf import settings
from django.utils.translation import get_language

from apps.core import outgoing, scope
from apps.core.codec import decode, encode
from apps.core.errors import ApplicationError, Unavailable
from apps.core.ids import new_id
from apps.core.modules import module_name
from apps.core.remote import tokens
from apps.core.remote.problems import error_of

TIMEOUT = outgoing.Timeout(connect=1.0, total=5.0)
RETRIES = 2
LARGEST_ANSWER = 10 * 1024 * 1024  # bytes


class RemoteFault(Exception):
    """The other process did not do what we agreed on: a defect, or one of us is configured wrongly."""


class RemoteModule:
    """Stands for a module that is served elsewhere: `class RemoteAudit(RemoteModule, Audit)`.

    Each method of the interface that the subclass does not write itself calls the other process. It raises what the
    implementation there raises, `unavailable` if nobody answers, and `RemoteFault` if the answer makes no sense. A call
    is tried again with the same key, so that it never writes twice.
    """

    unavailable: type[Unavailable] = Unavailable

    def __init_subclass__(cls) -> None:
        interface: type[ABC] = next(base for base in cls.__mro__ if ABC in base.__bases__)
        for name in interface.__abstractmethods__:
            if getattr(getattr(cls, name), "__isabstractmethod__", False):
                setattr(cls, name, _caller(interface, name))


def _caller(interface: type[ABC], name: str) -> Callable[..., Any]:
    method = getattr(interface, name)
    returned = get_type_hints(method)["return"]

    @wraps(method)
    def call(self: RemoteModule, **arguments: Any) -> Any:
        signature(method).bind(self, **arguments)
        try:
            return decode(returned, _call(module_name(interface), name, arguments))
        except Unavailable as error:
            if type(error) is self.unavailable:
                raise
            raise self.unavailable from error

    call.__isabstractmethod__ = False  # type: ignore[attr-defined]  # wraps() copied it
    return call


def _call(module: str, method: str, arguments: dict[str, Any]) -> Any:
    """Return what the other process answers, as JSON values."""
    body = json.dumps(encode(arguments), separators=(",", ":")).encode()
    call = tokens.Call(
        module=module,
        method=method,
        body=body,
        key=new_id(),
        scope=scope.current(),
        language=get_language() or settings.LANGUAGE_CODE,
    )
    answer = outgoing.request(
        "POST",
        f"{settings.MODULE_URLS[module]}/{module}/{method}",
        destination=f"module:{module}",
        headers={
            "Authorization": f"Bearer {tokens.sign(call)}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(call.key),
        },
        content=body,
        timeout=TIMEOUT,
        retries=RETRIES,
        max_response=LARGEST_ANSWER,
    )
    if answer.status == 200:
        return json.loads(answer.content)
    raise _failure(f"{module}.{method}", answer)


def _failure(call: str, answer: outgoing.Answer) -> ApplicationError | RemoteFault:
    try:
        return error_of(json.loads(answer.content))
    except (LookupError, TypeError, ValueError):
        if answer.status in (502, 503, 504):  # a proxy's
            return Unavailable()
        return RemoteFault(f"{call} answered {answer.status}: {answer.content[:200]!r}")
