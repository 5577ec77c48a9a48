from django.contrib.admin import AdminSite
from django.utils.translation import gettext_lazy as _


class BackofficeSite(AdminSite):
    site_header = _("Tenon")
    site_title = _("Tenon staff")
    index_title = _("Back office")
