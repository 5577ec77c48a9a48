from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from apps.core import erasure


class JobsConfig(AppConfig):
    name = "apps.jobs"
    verbose_name = _("Background work")

    def ready(self) -> None:
        from apps.jobs.erasure import erase

        erasure.register("jobs", erase)
        autodiscover_modules("tasks")
