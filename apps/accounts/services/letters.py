"""Mails to people about their accounts that nobody waits for. allauth sends the others."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from apps.accounts import devices
from apps.accounts.models import User
from apps.core.mail import compose, deliver


def new_device_mail(*, user_id: UUID, user_agent: str, address: str, at: datetime) -> None:
    """Tell a person of a log-in with a browser that was new, and what to do if it wasn't them.

    :raises OSError, AnymailError: if the mail server does not take it
    """
    user = User.objects.filter(id=user_id, is_active=True).first()
    if user is None:
        return
    with translation.override(user.language):
        device = devices.describe(user_agent)
    context = {
        "device": device,
        "address": address,
        "at": at,
        "url": f"{settings.BASE_URL}{reverse('account:security')}",
    }
    deliver(
        compose(
            "accounts/email/new_device",
            to=user.email,
            language=user.language,
            time_zone=user.time_zone,
            context=context,
        )
    )
