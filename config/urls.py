"""The addresses of the house. Each module brings its own; `/w/<slug>/` is a workspace."""

from django.apps import apps
from django.contrib import admin
from django.urls import include, path

handler400 = "apps.core.views.bad_request"
handler403 = "apps.core.views.permission_denied"
handler404 = "apps.core.views.not_found"
handler500 = "apps.core.views.server_error"

workspace = [
    path("", include("apps.radar.urls")),
    path("", include("apps.tenancy.urls.workspace")),
    path("", include("apps.accounts.urls.workspace")),
    path("", include("apps.audit.urls")),
    path("", include("apps.entitlements.urls")),
    path("", include("apps.jobs.urls")),
    path("webhooks/", include("apps.webhooks.urls")),
    path("billing/", include("apps.billing.urls.workspace")),
    path("", include("apps.notifications.urls.workspace")),
]

urlpatterns = [
    path("api/", include("config.api")),  # first, for it is asked most often
    path("", include("apps.tenancy.urls.home")),
    path("", include("apps.core.urls")),
    path(".well-known/", include("apps.accounts.urls.well_known")),
    path("w/<slug:workspace>/", include(workspace)),
    path("account/", include("apps.accounts.urls.account")),
    path("account/", include("allauth.account.urls")),
    path("account/security/", include("allauth.mfa.urls")),
    path("account/connections/", include("allauth.socialaccount.urls")),
    path("account/by/", include("apps.accounts.urls.sites")),
    path("mail/", include("apps.notifications.urls.mail")),
    path("", include("apps.billing.urls.home")),
    path("admin/", admin.site.urls),
]

if apps.is_installed("apps.dev"):
    urlpatterns.append(path("", include("apps.dev.urls")))
