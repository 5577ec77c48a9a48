"""Addresses that we write to no more."""

from django.db import transaction

from apps.notifications.models import Suppression


def address_suppress(*, address: str, reason: str) -> None:
    """Send no more notifications to an address. The first reason stays until staff release it."""
    with transaction.atomic():
        Suppression.objects.get_or_create(address=address.strip().lower(), defaults={"reason": reason})
