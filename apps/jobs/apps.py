from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from apps.core import erasure, navigation, permissions, privacy
from apps.core.permissions import ADMIN, OWNER


class JobsConfig(AppConfig):
    name = "apps.jobs"
    verbose_name = _("Background work")

    def ready(self) -> None:
        from apps.jobs.erasure import erase
        from apps.jobs.privacy import forget, tell

        permissions.declare("jobs.read", _("See everybody's jobs"), roles=[OWNER, ADMIN])
        permissions.declare("jobs.cancel", _("Cancel everybody's jobs"), roles=[OWNER, ADMIN])
        navigation.register(
            navigation.Entry(
                label=_("Jobs"), url_name="jobs:list", icon="list-checks", group="workspace", order=28
            )
        )
        erasure.register("jobs", erase)
        privacy.register("jobs", tell=tell, forget=forget)
        autodiscover_modules("tasks")
