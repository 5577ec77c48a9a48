"""Addresses of a workspace, below /w/<slug>/."""

from django.urls import URLPattern, URLResolver, include, path

from apps.tenancy.urls.settings import settings_patterns
from apps.tenancy.views import domains, home, logo, member, members, requests, roles

workspace_patterns: list[URLPattern | URLResolver] = [
    path("members/", members.member_list, name="members"),
    path("members/invite/", members.invite, name="invite"),
    path("members/leave/", member.leave, name="leave"),
    path("members/<uuid:membership_id>/", member.detail, name="member"),
    path("members/<uuid:membership_id>/suspend/", member.suspend, name="suspend"),
    path("members/<uuid:membership_id>/reinstate/", member.reinstate, name="reinstate"),
    path("members/<uuid:membership_id>/transfer/", member.transfer, name="transfer"),
    path("members/<uuid:membership_id>/role/", member.change_role, name="change_role"),
    path("members/<uuid:membership_id>/remove/", member.remove, name="remove"),
    path("members/invitations/<uuid:invitation_id>/revoke/", members.revoke, name="revoke"),
    path("members/invitations/<uuid:invitation_id>/resend/", members.resend, name="resend"),
    path("members/domains/", domains.domain_list, name="domains"),
    path("members/domains/<uuid:claim_id>/resend/", domains.resend, name="domain_resend"),
    path("members/domains/<uuid:claim_id>/withdraw/", domains.withdraw, name="domain_withdraw"),
    path("members/requests/", requests.request_list, name="requests"),
    path("members/requests/<uuid:request_id>/grant/", requests.grant, name="access_grant"),
    path("members/requests/<uuid:request_id>/decline/", requests.decline, name="access_decline"),
    path("access/<str:permission>/", requests.ask, name="access_ask"),
    path("members/roles/", roles.role_list, name="roles"),
    path("members/roles/create/", roles.create, name="role_create"),
    path("members/roles/<uuid:role_id>/change/", roles.change, name="role_change"),
    path("members/roles/<uuid:role_id>/delete/", roles.delete, name="role_delete"),
    path("logo/", logo.show, name="logo"),
    path("settings/", include(settings_patterns)),
]

urlpatterns = [
    # A product module may put its own page at this address, above this one in config/urls.py.
    path("", home.workspace, name="workspace"),
    path("", include((workspace_patterns, "tenancy"))),
]
