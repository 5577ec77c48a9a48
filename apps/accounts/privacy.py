"""What is kept of people here: their account, their devices, how they log in, the keys they made."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType

from apps.accounts.models import ApiKey, AuthSession, DataExport, User
from apps.audit.interface import audit
from apps.core import scope
from apps.core.privacy import Rows

PROFILE = ("id", "email", "name", "time_zone", "language", "theme", "created_at", "last_login")
KEY = ("tenant_id", "name", "prefix", "created_at", "expires_at", "revoked_at")


def tell(*, user_id: UUID) -> Mapping[str, Rows]:
    """Return a person's rows; see `apps.core.privacy`. Secrets stay here."""
    made = ApiKey.objects.filter(created_by_id=user_id)
    return {
        "profile": User.objects.filter(id=user_id).values(*PROFILE),
        "addresses": EmailAddress.objects.filter(user_id=user_id).values("email", "verified", "primary"),
        "browsers": UserSession.objects.filter(user_id=user_id).values(
            "user_agent", "ip", "created_at", "last_seen_at"
        ),
        "apps": AuthSession.objects.filter(user_id=user_id).values(
            "user_agent", "address", "created_at", "refreshed_at", "revoked_at"
        ),
        "second_steps": Authenticator.objects.filter(user_id=user_id).values(
            "type", "created_at", "last_used_at"
        ),
        "other_log_ins": SocialAccount.objects.filter(user_id=user_id).values(
            "provider", "uid", "extra_data", "date_joined", "last_login"
        ),
        "api_keys": made.exclude(role="").values(*KEY),
        "personal_api_keys": made.filter(role="").values(*KEY, "ranges", "last_used_at", "last_used_from"),
        "activity": _activity(user_id),
    }


def _activity(user_id: UUID) -> Iterator[dict[str, Any]]:
    """Yield what the audit log says about a person's account, newest first."""
    cursor = ""
    while True:
        with scope.use(user_id=user_id):
            page = audit().list_own_entries(cursor=cursor)
        for entry in page.entries:
            yield {
                "occurred_at": entry.occurred_at,
                "what": entry.sentence,
                "address": entry.address,
                "before": dict(entry.before),
                "after": dict(entry.after),
            }
        if not (cursor := page.next):
            return


def forget(*, user_id: UUID) -> dict[str, int]:
    """Remove a person's rows; see `apps.core.privacy`. The account itself goes last, see `services.erasing`."""
    staff_log = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(User), object_id=user_id
    )
    owned = (EmailAddress, UserSession, AuthSession, Authenticator, SocialAccount, DataExport)
    counts = {table._meta.db_table: table.objects.filter(user_id=user_id).delete()[0] for table in owned}
    counts[LogEntry._meta.db_table] = staff_log.delete()[0]
    # Those with a role are the workspace's.
    personal = ApiKey.objects.filter(created_by_id=user_id, role="")
    ids = tuple(personal.values_list("id", flat=True))
    counts[ApiKey._meta.db_table] = personal.update(name="", ranges=[], last_used_from="")
    return counts | {"audit_detail": audit().erase_details(subject_ids=(user_id, *ids))}
