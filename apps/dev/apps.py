from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DevConfig(AppConfig):
    """Pages and commands for development. Not in production's settings."""

    name = "apps.dev"
    verbose_name = _("Development")
