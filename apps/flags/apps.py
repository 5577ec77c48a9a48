from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.core import erasure, flags


class FlagsConfig(AppConfig):
    name = "apps.flags"
    verbose_name = _("Feature flags")

    def ready(self) -> None:
        from apps.flags.erasure import erase
        from apps.flags.selectors import switches_for

        flags.find_switches_with(switches_for)
        erasure.register("flags", erase)
