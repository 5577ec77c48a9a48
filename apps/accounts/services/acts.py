"""What people do to their own accounts, for the audit log. These entries belong to no workspace."""

from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from apps.accounts import devices
from apps.accounts.models import User
from apps.audit.interface import Values, audit
from apps.core import scope


def act_record(*, action: str, user: User, before: Values | None = None, after: Values | None = None) -> None:
    """Record an act of a person on their own account, in the caller's transaction.

    The scope of a log-in or a confirmation is still nobody's: so the person is named here.
    """
    actor = scope.Actor(kind="person", id=user.id, label=user.display_name)
    with scope.use(tenant_id=None, user_id=user.id, actor=actor):
        audit().record(
            action=action,
            target_type="person",
            target_id=user.id,
            target_label=user.display_name,
            before=before,
            after=after,
        )


def connection_record(*, action: str, account: SocialAccount) -> None:
    """Record what became of a person's connection to another site."""
    with transaction.atomic():
        act_record(action=action, user=account.user, after={"site": account.get_provider().name})


def failed_login_record(*, email: str, request: HttpRequest) -> None:
    """Record that somebody gave a wrong password, code or passkey for an address.

    The transaction is its own: nothing takes the entry back. Tries are limited by allauth, and so are these entries.
    An address of nobody here is named by a keyed digest: the entry could not be found when its owner asks to be
    forgotten, and what was typed may be a password.
    """
    user_id = User.objects.filter(email=email.lower()).values_list("id", flat=True).first()
    with transaction.atomic(durable=True):
        audit().record(
            action="account.login_failed",
            target_type="person",
            target_id=user_id,
            target_label=email if user_id else _pseudonym(email),
            after={"device": devices.device_of(request)},
        )


def _pseudonym(email: str) -> str:
    mac = salted_hmac("apps.accounts.failed_login", email.strip().lower(), algorithm="sha256")
    return f"#{mac.hexdigest()[:12]}"
