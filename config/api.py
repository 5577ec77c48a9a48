"""The public API: version 1, its description, and a page to explore it. Addresses have no slash at the end."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from rest_framework.routers import SimpleRouter

from apps.core.api.views import Schema, explorer, unknown
from apps.jobs.api import JobViewSet
from apps.notifications.api import NotificationViewSet
from apps.radar.api import AttributeViewSet, CompetitorViewSet, SignalViewSet
from apps.tenancy.api import InvitationViewSet, MemberViewSet, RoleViewSet
from apps.webhooks.api import DeliveryViewSet, EndpointViewSet

router = SimpleRouter(trailing_slash=False)
router.register("attributes", AttributeViewSet, basename="attribute")
router.register("competitors", CompetitorViewSet, basename="competitor")
router.register("signals", SignalViewSet, basename="signal")
router.register("jobs", JobViewSet, basename="job")
router.register("members", MemberViewSet, basename="member")
router.register("invitations", InvitationViewSet, basename="invitation")
router.register("roles", RoleViewSet, basename="role")
router.register("notifications", NotificationViewSet, basename="notification")
router.register("webhook-endpoints", EndpointViewSet, basename="webhook-endpoint")
router.register("webhook-deliveries", DeliveryViewSet, basename="webhook-delivery")

version_1: list[URLPattern | URLResolver] = [
    path("openapi.json", Schema.as_view(), name="schema"),
    path("", include(router.urls)),
]

app_name = "api"

urlpatterns = [
    path("v1/", include(version_1)),
    path("auth/", include("apps.accounts.urls.tokens")),
    path("docs/", explorer, name="explorer"),
    re_path("", unknown),
]
