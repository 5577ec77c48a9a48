"""Refusals, for those who keep account of them. They are told once the answer is being made: nothing is open then.

refusals.register(note)       # in apps.py
"""

from collections.abc import Callable

from django.http import HttpRequest

from apps.core.errors import ApplicationError

Listener = Callable[[HttpRequest, ApplicationError], None]

_listeners: list[Listener] = []


def register(listener: Listener) -> None:
    """Have a listener called, in the scope of the request, with each error that refuses somebody (403)."""
    _listeners.append(listener)


def tell(request: HttpRequest, error: ApplicationError) -> None:
    """Tell the listeners of an error, if it is a refusal."""
    if error.status == 403:
        for listener in _listeners:
            listener(request, error)
