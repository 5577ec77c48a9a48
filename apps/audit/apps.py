from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.core import actions, erasure, navigation, permissions, refusals
from apps.core.permissions import ADMIN, OWNER
from apps.entitlements.interface import declare_feature, declare_limit, keep_open


class AuditConfig(AppConfig):
    name = "apps.audit"
    verbose_name = _("Audit log")

    def ready(self) -> None:
        from apps.audit.erasure import erase
        from apps.audit.refusals import note

        permissions.declare("audit.read", _("Read the audit log"), roles=[OWNER, ADMIN])
        permissions.declare("audit.export", _("Export the audit log"), roles=[OWNER, ADMIN])
        keep_open("audit:export")
        declare_limit("audit.days", _("Days of the audit log"))
        declare_feature("audit.export", _("Export of the audit log"))
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
        actions.declare(
            "access.denied",
            _("Permission missing"),
            _("{actor} tried without permission: {after[permission]}."),
        )
        actions.declare("audit.exported", _("Audit log exported"), _("{actor} exported the audit log."))
        refusals.register(note)
        erasure.register("audit", erase)
