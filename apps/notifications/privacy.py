"""What is kept of people here: what they were told, and how they want to be told."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Q

from apps.accounts.interface import accounts
from apps.core.privacy import Rows
from apps.notifications.models import Notification, Preference, Suppression


def tell(*, user_id: UUID) -> Mapping[str, Rows]:
    """Return a person's rows; see `apps.core.privacy`."""
    return {
        "notifications": Notification.objects.filter(user_id=user_id).values(
            "tenant_id", "kind", "values", "created_at", "mailed_at"
        ),
        "notification_preferences": Preference.objects.filter(user_id=user_id).values(
            "tenant_id", "kind", "channel"
        ),
    }


def forget(*, user_id: UUID) -> dict[str, int]:
    """Remove a person's rows; see `apps.core.privacy`."""
    addresses = accounts().list_addresses(user_id=user_id)
    told = Q(user_id=user_id) | Q(subject_id=user_id)
    return {
        "notifications_notification": Notification.objects.filter(told).delete()[0],
        "notifications_preference": Preference.objects.filter(user_id=user_id).delete()[0],
        "notifications_suppression": Suppression.objects.filter(address__in=addresses).delete()[0],
    }
