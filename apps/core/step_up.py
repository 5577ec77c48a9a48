"""Step-up: what is sensitive asks people once more who they are, unless they showed it minutes ago.

Whoever logs people in calls `note` when they have shown it, and `note_methods` of how; the edge puts what `noted` says
into the scope; and any view asks for it with `@step_up`. A person without a noted moment is asked: forgetting to note
lets nobody through.
"""

from collections.abc import Callable, Iterable, MutableMapping
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.utils.translation import gettext_lazy as _

from apps.core import clock, scope, support
from apps.core.errors import NotAuthenticated

RECENT = timedelta(minutes=5)
KEY = "authenticated_at"
METHODS_KEY = "methods"
#: What the API's reference says of it.
ASKED = "A person must have signed in within five minutes, or gets 401 `insufficient_user_authentication`."

P = ParamSpec("P")
R = TypeVar("R")


class StepUpRequired(NotAuthenticated):
    """The person has to show once more who they are (RFC 9470)."""

    code = "insufficient_user_authentication"
    message = _("Confirm that it's you, then try again.")
    challenge = f'Bearer error="{code}", max_age={int(RECENT.total_seconds())}'


def note(session: MutableMapping[str, Any]) -> None:
    """Note in a session that its person has just shown who they are."""
    session[KEY] = clock.now().timestamp()


def noted(session: MutableMapping[str, Any]) -> datetime | None:
    """Return when the person of a session last showed who they are."""
    at = session.get(KEY)
    return datetime.fromtimestamp(at, UTC) if at else None


def note_methods(session: MutableMapping[str, Any], methods: Iterable[str]) -> None:
    """Note in a session by what its person has shown who they are, as RFC 8176 names it."""
    session[METHODS_KEY] = sorted(methods)


def methods(session: MutableMapping[str, Any]) -> frozenset[str]:
    """Return by what the person of a session has shown who they are."""
    return frozenset(session.get(METHODS_KEY, ()))


def is_recent() -> bool:
    """Tell whether the person in scope showed who they are within the last minutes."""
    at = scope.current().authenticated_at
    return at is not None and clock.now() - at < RECENT


def require() -> None:
    """Ask for it where only some of what a view does is sensitive.

    :raises StepUpRequired: see `step_up`
    :raises RefusedToSupport: see `step_up`
    """
    support.refuse()
    if scope.current().actor.kind in ("person", "staff") and not is_recent():
        raise StepUpRequired


def step_up(view: Callable[P, R]) -> Callable[P, R]:
    """Have a view ask people for it. API keys pass: they show who they are with every request.

    :raises StepUpRequired: in the view; a browser is led to the page that asks, and then back
    :raises RefusedToSupport: in the view, if staff stand in for a member
    """

    @wraps(view)
    def asking(*args: P.args, **kwargs: P.kwargs) -> R:
        require()
        return view(*args, **kwargs)

    return asking
