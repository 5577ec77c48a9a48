"""Addresses outside of any workspace."""

from django.urls import path

from apps.billing.views import pricing, webhook

urlpatterns = [
    path("stripe/webhook/", webhook.webhook, name="stripe_webhook"),
    path("pricing/", pricing.pricing, name="pricing"),
]
