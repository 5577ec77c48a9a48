from django.contrib.admin.apps import AdminConfig


class BackofficeConfig(AdminConfig):
    """Django's admin, as our back office. `AdminConfig` registers every module's `admin.py`."""

    default_site = "apps.admin.site.BackofficeSite"
