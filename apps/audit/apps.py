from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.core import erasure, navigation, permissions
from apps.core.permissions import ADMIN, OWNER


class AuditConfig(AppConfig):
    name = "apps.audit"
    verbose_name = _("Audit log")

    def ready(self) -> None:
        from apps.audit.erasure import erase

        permissions.declare("audit.read", _("Read the audit log"), roles=[OWNER, ADMIN])
        navigation.register(
            navigation.Entry(
                label=_("Audit log"),
                url_name="audit:list",
                icon="scroll-text",
                group="workspace",
                order=30,
                permission="audit.read",
            )
        )
        erasure.register("audit", erase)
