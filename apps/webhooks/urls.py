from django.urls import path

from apps.webhooks.views import deliveries, endpoints, switches

app_name = "webhooks"

urlpatterns = [
    path("", endpoints.endpoint_list, name="list"),
    path("add/", endpoints.add, name="add"),
    path("guide/", endpoints.guide, name="guide"),
    path("deliveries/<uuid:delivery_id>/", deliveries.detail, name="delivery"),
    path("deliveries/<uuid:delivery_id>/replay/", deliveries.replay, name="replay"),
    path("<uuid:endpoint_id>/", endpoints.detail, name="endpoint"),
    path("<uuid:endpoint_id>/change/", endpoints.change, name="change"),
    path("<uuid:endpoint_id>/rotate/", endpoints.rotate, name="rotate"),
    path("<uuid:endpoint_id>/test/", deliveries.test, name="test"),
    path("<uuid:endpoint_id>/replay/", deliveries.replay_failed, name="replay_failed"),
    path("<uuid:endpoint_id>/enable/", switches.enable, name="enable"),
    path("<uuid:endpoint_id>/disable/", switches.disable, name="disable"),
    path("<uuid:endpoint_id>/delete/", switches.delete, name="delete"),
    path("<uuid:endpoint_id>/restore/", switches.restore, name="restore"),
]
