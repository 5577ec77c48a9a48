from django.apps import AppConfig

from apps.core import erasure


class BillingConfig(AppConfig):
    name = "apps.billing"

    def ready(self) -> None:
        from apps.billing.erasure import erase

        erasure.register("billing", erase)
