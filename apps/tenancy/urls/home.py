"""Addresses outside of any workspace."""

from django.urls import include, path

from apps.tenancy.views import home, invitations

invitation_patterns = [
    path("accept/", invitations.accept, name="accept"),
    path("later/", invitations.later, name="later"),
    path("switch/", invitations.switch, name="switch"),
    path("mine/<uuid:invitation_id>/", invitations.mine, name="mine"),
    path("<str:token>/", invitations.open_link, name="open"),
]

urlpatterns = [
    path("home/", home.home, name="home"),
    path("workspaces/new/", home.create, name="workspace_create"),
    path("invitations/", include((invitation_patterns, "tenancy_invitation"))),
]
