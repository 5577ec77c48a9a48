from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.core import erasure, permissions
from apps.core.permissions import ADMIN, OWNER


class EntitlementsConfig(AppConfig):
    name = "apps.entitlements"
    verbose_name = _("Entitlements")

    def ready(self) -> None:
        from apps.entitlements import checks  # noqa: F401  its check registers itself
        from apps.entitlements.erasure import erase

        erasure.register("entitlements", erase)
        permissions.declare(
            "usage.read", _("See what the plan includes and what is used"), roles=[OWNER, ADMIN]
        )
