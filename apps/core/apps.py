from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "apps.core"
    verbose_name = "Core"

    def ready(self) -> None:
        from apps.core import checks, deploy_checks, erasure, storage  # noqa: F401

        erasure.register("core", storage.erase)
