from django.urls import path
from django.views.generic import RedirectView

from apps.accounts.tokens.views import published_keys

app_name = "well_known"

change_password = RedirectView.as_view(pattern_name="account_change_password")

urlpatterns = [
    path("jwks.json", published_keys, name="jwks"),
    path("change-password", change_password, name="change_password"),
]
