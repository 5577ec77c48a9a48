from django.urls import path

from apps.accounts.tokens.views import published_keys

app_name = "well_known"

urlpatterns = [path("jwks.json", published_keys, name="jwks")]
