"""Addresses of a workspace, below /w/<slug>/."""

from django.urls import include, path

from apps.tenancy.views import home, members, settings

workspace_patterns = [
    path("members/", members.member_list, name="members"),
    path("members/invite/", members.invite, name="invite"),
    path("members/<uuid:membership_id>/role/", members.change_role, name="change_role"),
    path("members/<uuid:membership_id>/remove/", members.remove, name="remove"),
    path("members/invitations/<uuid:invitation_id>/revoke/", members.revoke, name="revoke"),
    path("settings/", settings.workspace_settings, name="settings"),
]

urlpatterns = [
    # A product module may put its own page at this address, above this one in config/urls.py.
    path("", home.workspace, name="workspace"),
    path("", include((workspace_patterns, "tenancy"))),
]
