"""Reactions to what allauth reports by signal alone."""

from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services.acts import failed_login_record


def record_rejected_code(sender: Any, *, user: User, **_details: Any) -> None:
    """Record a wrong log-in code like a wrong password."""
    with transaction.atomic():
        failed_login_record(email=user.email)
