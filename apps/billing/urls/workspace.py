"""Addresses of what a workspace pays for, below /w/<slug>/billing/."""

from django.urls import include, path

from apps.billing.views import change, checkout, overview, usage

patterns = [
    path("", overview.overview, name="overview"),
    path("usage/", usage.usage, name="usage"),
    path("checkout/", checkout.begin, name="checkout"),
    path("return/", checkout.finish, name="return"),
    path("portal/", checkout.portal, name="portal"),
    path("trial/", change.trial, name="trial"),
    path("change/", change.change, name="change"),
]

urlpatterns = [path("", include((patterns, "billing")))]
