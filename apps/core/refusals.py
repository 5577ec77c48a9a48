"""Refusals, for those who keep account of them. They are told once the answer is being made: nothing is open then.

refusals.register(note)       # in apps.py
"""

from collections.abc import Callable

from apps.core.errors import ApplicationError, PermissionDenied

Listener = Callable[[PermissionDenied], None]

_listeners: list[Listener] = []


def register(listener: Listener) -> None:
    """Have a listener called, in the scope of the request, when somebody lacks a permission."""
    _listeners.append(listener)


def tell(error: ApplicationError) -> None:
    """Tell the listeners of an error, if it is such a refusal."""
    if isinstance(error, PermissionDenied) and error.permission:
        for listener in _listeners:
            listener(error)
