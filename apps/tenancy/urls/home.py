"""Addresses outside of any workspace."""

from django.urls import include, path

from apps.tenancy.views import domains, home, invitations

invitation_patterns = [
    path("accept/", invitations.accept, name="accept"),
    path("later/", invitations.later, name="later"),
    path("switch/", invitations.switch, name="switch"),
    path("mine/<uuid:invitation_id>/", invitations.mine, name="mine"),
    path("<str:token>/", invitations.open_link, name="open"),
]

domain_patterns = [
    path("domain-proof/<str:token>/", domains.proof, name="proof"),
    path("workspaces/join/", domains.join, name="join"),
]

urlpatterns = [
    path("", include((domain_patterns, "tenancy_domain"))),
    path("home/", home.home, name="home"),
    path("workspaces/new/", home.create, name="workspace_create"),
    path("invitations/", include((invitation_patterns, "tenancy_invitation"))),
]
