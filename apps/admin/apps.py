from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _

from apps.core import actions


class BackofficeConfig(AppConfig):
    name = "apps.admin"
    label = "backoffice"
    verbose_name = _("Back office")

    def ready(self) -> None:
        _declare_actions()


class DjangoAdminConfig(AdminConfig):
    """Django's admin, with our site. It finds every module's `admin.py`."""

    default_site = "apps.admin.site.BackofficeSite"


def _declare_actions() -> None:
    actions.declare(
        "backoffice.listed", _("Staff viewed a list"), _("{product} staff viewed the list of {target}.")
    )
    actions.declare("backoffice.viewed", _("Staff viewed data"), _("{product} staff viewed the {target}."))
    actions.declare("backoffice.changed", _("Staff changed data"), _("{product} staff changed the {target}."))
    actions.declare(
        "backoffice.staff_added", _("Staff member added"), _("{actor} let {target} into the back office.")
    )
