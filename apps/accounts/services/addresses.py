"""Whose address an account has, where allauth leaves a way in to somebody else."""

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services.acts import act_record


def address_change_drop(*, user: User) -> None:
    """Forget the address that a person wants to move to: whoever was in their account may have asked for it."""
    EmailAddress.objects.filter(user=user, verified=False, primary=False).delete()


def address_shown(*, user: User) -> None:
    """Close an account to whoever signed up with an address that somebody shows now, by a code, to be theirs.

    Nobody had shown that yet, so the password and the other site's log-in may be a stranger's.
    """
    if _is_shown(user):
        return
    with transaction.atomic():
        user.set_unusable_password()
        user.save(update_fields=["password"])
        strange_sites_drop(user=user)
        act_record(action="account.email_confirmed", user=user, after={"email": user.email})


def strange_sites_drop(*, user: User) -> None:
    """Disconnect the other sites of an account whose address nobody has shown to be theirs yet."""
    if not _is_shown(user):
        SocialAccount.objects.filter(user=user).delete()


def _is_shown(user: User) -> bool:
    return EmailAddress.objects.filter(user=user, verified=True).exists()
