"""Second steps of log-ins: their record, and their encryption. allauth itself adds and removes them."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from apps.accounts import encryption
from apps.accounts.models import User
from apps.accounts.services.acts import act_record

ADDED: dict[str, str] = {
    Authenticator.Type.TOTP: "account.mfa_enabled",
    Authenticator.Type.WEBAUTHN: "account.passkey_added",
    Authenticator.Type.RECOVERY_CODES: "account.recovery_codes_made",
}
REMOVED: dict[str, str] = {
    Authenticator.Type.TOTP: "account.mfa_disabled",
    Authenticator.Type.WEBAUTHN: "account.passkey_removed",
}
#: Under which names secrets lie in an authenticator's data. Passkeys have none: we keep their public half.
SECRETS = ("secret", "seed")


def second_step_record(*, action: str, user: User, authenticator: Authenticator) -> None:
    """Record what became of a person's second step."""
    is_passkey = authenticator.type == Authenticator.Type.WEBAUTHN
    with transaction.atomic():
        act_record(action=action, user=user, after={"name": str(authenticator)} if is_passkey else None)


def second_steps_encrypt_again() -> int:
    """Encrypt the secrets of all second steps under the newest key, and return how many there are.

    :raises cryptography.fernet.InvalidToken: if one was encrypted under a key that is gone
    """
    with_secrets = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)
    ids = list(with_secrets.order_by("id").values_list("id", flat=True))
    return sum(_encrypt_again(authenticator_id) for authenticator_id in ids)


def _encrypt_again(authenticator_id: int) -> bool:
    with transaction.atomic():  # One at a time: somebody may be using their recovery codes just now.
        found = Authenticator.objects.select_for_update().filter(id=authenticator_id).first()
        if found is None:
            return False
        for name in SECRETS:
            if name in found.data:
                found.data[name] = encryption.encrypt_again(found.data[name])
        found.save(update_fields=["data"])
    return True
