"""Addresses of what a workspace pays for, below /w/<slug>/billing/."""

from django.urls import include, path

from apps.billing.views import checkout, overview

patterns = [
    path("", overview.overview, name="overview"),
    path("checkout/", checkout.begin, name="checkout"),
    path("return/", checkout.finish, name="return"),
]

urlpatterns = [path("", include((patterns, "billing")))]
