"""Addresses of a workspace's settings, below /w/<slug>/settings/."""

from django.urls import path

from apps.tenancy.views import addresses, hosts, lifecycle, logo, security, settings, support

settings_patterns = [
    path("", settings.workspace_settings, name="settings"),
    path("address/", addresses.change, name="address"),
    path("hosts/", hosts.host_list, name="hosts"),
    path("hosts/<uuid:host_id>/verify/", hosts.verify, name="host_verify"),
    path("hosts/<uuid:host_id>/remove/", hosts.remove, name="host_remove"),
    path("logo/", logo.change, name="logo_change"),
    path("logo/remove/", logo.remove, name="logo_remove"),
    path("security/", security.policy, name="security"),
    path("support/", support.overview, name="support"),
    path("support/allow/", support.allow, name="support_allow"),
    path("support/end/", support.end, name="support_end"),
    path("support/<uuid:session_id>/end/", support.end_now, name="support_end_now"),
    path("delete/", lifecycle.delete, name="delete"),
    path("keep/", lifecycle.keep, name="keep"),
]
