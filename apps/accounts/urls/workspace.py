from django.urls import path

from apps.accounts.views import keys

app_name = "accounts"

urlpatterns = [
    path("keys/", keys.key_list, name="keys"),
    path("keys/new/", keys.create, name="key_create"),
    path("keys/<uuid:key_id>/", keys.change, name="key_change"),
    path("keys/<uuid:key_id>/rotate/", keys.rotate, name="key_rotate"),
    path("keys/<uuid:key_id>/revoke/", keys.revoke, name="key_revoke"),
]
