"""Addresses of a workspace's audit log, below /w/<slug>/."""

from django.urls import include, path

from apps.audit import views

patterns = [
    path("audit/", views.entry_list, name="list"),
    path("audit/export/", views.export, name="export"),
]

urlpatterns = [path("", include((patterns, "audit")))]
