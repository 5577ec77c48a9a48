from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _

from apps.core import actions


class BackofficeConfig(AdminConfig):
    """Django's admin, as our back office. `AdminConfig` registers every module's `admin.py`."""

    default_site = "apps.admin.site.BackofficeSite"

    def ready(self) -> None:
        _declare_actions()
        super().ready()


def _declare_actions() -> None:
    actions.declare(
        "backoffice.listed", _("Staff viewed a list"), _("Tenon staff viewed the list of {target}.")
    )
    actions.declare("backoffice.viewed", _("Staff viewed data"), _("Tenon staff viewed the {target}."))
    actions.declare("backoffice.changed", _("Staff changed data"), _("Tenon staff changed the {target}."))
    actions.declare(
        "backoffice.staff_added", _("Staff member added"), _("{actor} let {target} into the back office.")
    )
