"""Support: a member of staff works in a workspace as one of its members (docs/guides/support.md).

    support.allow("invoices:line_add")       # in apps.py

They change only what modules allow, and only where the workspace consents to that; everything else is refused.
"""

from django.utils.translation import gettext_lazy as _

from apps.core import scope
from apps.core.errors import ApplicationError

_allowed: set[str] = set()


class RefusedToSupport(ApplicationError):
    """It is for the members of the workspace alone."""

    code = "refused_to_support"
    status = 403
    page = "errors/support.html"
    message = _("Support can't do this. It is for members of the workspace alone.")


class SupportOnlyLooks(RefusedToSupport):
    """The support session is read-only, so nothing was changed."""

    code = "support_only_looks"
    message = _("This support session is read-only. Nothing was changed.")


def allow(*routes: str) -> None:
    """Have routes change something for support, too; call it from a module's `apps.py`.

    :param routes: names such as `invoices:line_add`; none that takes data out, or decides who may come in
    """
    _allowed.update(routes)


def is_allowed(route: str) -> bool:
    """Tell whether support may change what a route changes."""
    return route in _allowed


def refuse() -> None:
    """Refuse what is for members alone.

    :raises RefusedToSupport: if support is at work
    """
    if scope.current().on_behalf_of:
        raise RefusedToSupport
