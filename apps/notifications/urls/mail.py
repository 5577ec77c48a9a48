"""Addresses that mails lead to, and mail servers call."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from apps.notifications.views import stopping

patterns = [path("stop/<str:token>/", stopping.stop, name="stop")]

urlpatterns: list[URLPattern | URLResolver] = [path("", include((patterns, "notifications_mail")))]

if settings.ANYMAIL.get("WEBHOOK_SECRET"):
    urlpatterns.append(path("", include("anymail.urls")))  # /mail/postmark/tracking/, for each provider
