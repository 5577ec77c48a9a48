"""Addresses of what a workspace pays for, below /w/<slug>/billing/."""

from django.urls import include, path

from apps.billing.views import change, checkout, meters, overview

patterns = [
    path("", overview.overview, name="overview"),
    path("meters/", meters.meters, name="meters"),
    path("checkout/", checkout.begin, name="checkout"),
    path("return/", checkout.finish, name="return"),
    path("portal/", checkout.portal, name="portal"),
    path("trial/", change.trial, name="trial"),
    path("change/", change.change, name="change"),
]

urlpatterns = [path("", include((patterns, "billing")))]
