"""Addresses of a person's inbox, below /w/<slug>/."""

from django.urls import include, path

from apps.notifications.views import inbox

patterns = [
    path("inbox/", inbox.notification_list, name="inbox"),
    path("inbox/read/", inbox.read_all, name="read_all"),
    path("inbox/preferences/", inbox.preferences, name="preferences"),
    path("inbox/<uuid:notification_id>/", inbox.open_notification, name="open"),
    path("inbox/<uuid:notification_id>/read/", inbox.read, name="read"),
]

urlpatterns = [path("", include((patterns, "notifications")))]
