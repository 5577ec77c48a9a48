"""Erasing a person: shut out at once, then forgotten by every module, with a receipt.

Their row stays without a name, for what they made stays with its workspace under their id.
"""

import json
from collections import Counter
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.interface import SoleOwner
from apps.accounts.models import PersonErasure, User
from apps.accounts.services.acts import act_record
from apps.accounts.services.sessions import person_shut_out
from apps.audit.interface import audit
from apps.core import clock, privacy, scope
from apps.core.errors import Invalid
from apps.core.mail import compose
from apps.jobs.interface import jobs
from apps.tenancy.interface import tenancy

NOWHERE = "erased.invalid"  # RFC 2606: no mail leads there


def person_erase_begin(*, user: User, confirm: str) -> None:
    """Shut a person's account, and have it erased: for the person themselves, or for an operator.

    :param confirm: the person's e-mail address, typed
    :raises Invalid: if it is another
    :raises SoleOwner: if a workspace would be left without an owner
    """
    if confirm.strip().lower() != user.email:
        raise Invalid(fields={"confirm": [_("This is not your e-mail address.")]})
    with transaction.atomic():
        if tenancy().list_owned_alone(user_id=user.id, lock=True):
            raise SoleOwner
        person_shut_out(user=user)
        _record(user)
        with scope.use(tenant_id=None, user_id=user.id):
            jobs().enqueue(task="accounts.erase_person", arguments={}, unique=str(user.id))


def person_erase(*, user_id: UUID) -> PersonErasure:
    """Forget a person, close the receipt, and tell them. May be called again after a failure.

    :raises LastOwner: if a workspace would be left without an owner
    """
    with scope.activate(scope.Scope(role="platform", request_id=scope.current().request_id)):
        receipt, _is_new = PersonErasure.objects.get_or_create(person_id=user_id)
        if receipt.erased_at:
            return receipt
        for keeper in privacy.keepers():
            for cell in tenancy().list_cells() if keeper.in_cells else [None]:
                with scope.use(cell=cell):
                    _forget(receipt, keeper)
        return _finish(receipt)


def _record(user: User) -> None:
    if scope.current().user_id == user.id:
        act_record(action="account.deletion_asked_for", user=user)
        return
    audit().record(
        action="account.erasure_ordered",
        target_type="person",
        target_id=user.id,
        target_label=user.display_name,
    )


def _forget(receipt: PersonErasure, keeper: privacy.Keeper) -> None:
    """Have one module forget the person and note what it removed, both or neither."""
    with transaction.atomic():
        counts = keeper.forget(user_id=receipt.person_id)
        receipt.counts = dict(Counter(receipt.counts) + Counter(counts))
        receipt.save(update_fields=["counts"])


def _finish(receipt: PersonErasure) -> PersonErasure:
    with transaction.atomic():
        user = User.objects.select_for_update().get(id=receipt.person_id)
        farewell = compose(
            "accounts/email/account_erased",
            to=user.email,
            language=user.language,
            context={"receipt": receipt.id},
        )
        user.email, user.name, user.last_login = f"{user.id}@{NOWHERE}", "", None
        user.is_active = user.is_staff = user.is_support = user.is_superuser = False
        user.set_unusable_password()
        user.save()
        user.groups.clear()
        user.user_permissions.clear()
        receipt.erased_at = clock.now()
        receipt.digest = digest(receipt)
        receipt.save(update_fields=["erased_at", "digest"])
        audit().record(action="account.erased", target_type="person", target_id=user.id)
        transaction.on_commit(farewell.send)
    return receipt


def digest(receipt: PersonErasure) -> str:
    """Return the SHA-256 of what the receipt says, as JSON with sorted keys and no spaces, in hex."""
    document = {
        "receipt": str(receipt.id),
        "person": str(receipt.person_id),
        "requested_at": receipt.requested_at.isoformat(),
        "erased_at": receipt.erased_at.isoformat() if receipt.erased_at else "",
        "counts": receipt.counts,
    }
    return sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
