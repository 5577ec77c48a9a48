"""Joining by the domain of one's e-mail address. How a workspace proves a domain, and why so: docs/adr/0005."""

import re
from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils.crypto import salted_hmac
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from apps.accounts.interface import accounts
from apps.audit.interface import audit
from apps.core import clock, permissions, scope
from apps.core.errors import Invalid
from apps.core.ids import new_id
from apps.core.permissions import OWNER
from apps.entitlements.interface import PaymentRequired
from apps.events.interface import publish
from apps.tenancy.events import DomainClaimed, DomainVerified, DomainWithdrawn, MemberAdded
from apps.tenancy.interface import (
    DomainNotFound,
    DomainNotYours,
    DomainProofUnusable,
    DomainTaken,
    TooManyDomainMails,
)
from apps.tenancy.models import DomainClaim, Membership, Removal, Tenant
from apps.tenancy.selectors import memberships_of, permissions_of
from apps.tenancy.services.members import member_add, role_to_give

#: Mailboxes that only those who run a domain can read, as for certificates (CA/Browser Forum, 3.2.2.4.4).
MAILBOXES = ("admin", "administrator", "hostmaster", "postmaster", "webmaster")
LIFETIME = timedelta(days=7)
MOST_MAILS_IN_AN_HOUR = 5
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
PUBLIC_PROVIDERS = Path(__file__).resolve().parent.parent / "public_mail_domains.txt"


def domain_claim(*, domain: str, mailbox: str, role: str) -> DomainClaim:
    """Claim an e-mail domain for the workspace in scope; a mail to its mailbox asks for the proof.

    :param role: what people who join by it become
    :raises PermissionDenied: if the actor may not manage domains
    :raises DomainTaken: if the workspace has claimed it already
    :raises TooManyDomainMails: if the workspace has sent too many in the last hour
    :raises RoleBeyondYours: if the role can do more than the actor
    :raises Invalid: if the domain, the mailbox or the role is not acceptable
    """
    permissions.require("domains.manage")
    domain = _checked_domain(domain)
    if mailbox not in MAILBOXES:
        raise Invalid(fields={"mailbox": [_("Choose one of the mailboxes.")]})
    if role == OWNER:
        raise Invalid(fields={"role": [_("Nobody becomes an owner this way.")]})
    with transaction.atomic():
        role_to_give(role)
        claim = _insert(domain, mailbox, role)
        _record("domains.claimed", claim)
    return claim


def domain_resend(*, claim_id: UUID) -> DomainClaim:
    """Send the mail of a claim that is not proved yet again, with a new link. The old link dies.

    :raises PermissionDenied: if the actor may not manage domains
    :raises DomainNotFound: if there is no such claim here, or it is proved
    :raises TooManyDomainMails: if the workspace has sent too many in the last hour
    """
    permissions.require("domains.manage")
    with transaction.atomic():
        old = _locked(claim_id)
        if old.verified_at:
            raise DomainNotFound
        role_to_give(old.role)
        old.withdrawn_at = clock.now()
        old.save(update_fields=["withdrawn_at"])
        return _insert(old.domain, old.mailbox, old.role)


def domain_withdraw(*, claim_id: UUID) -> DomainClaim:
    """Give a domain up. Those who joined by it stay members.

    :raises PermissionDenied: if the actor may not manage domains
    :raises DomainNotFound: if there is no such claim here
    """
    permissions.require("domains.manage")
    with transaction.atomic():
        claim = _locked(claim_id)
        claim.withdrawn_at = clock.now()
        claim.save(update_fields=["withdrawn_at"])
        _record("domains.withdrawn", claim)
        publish(DomainWithdrawn(claim_id=claim.id))
    return claim


def domain_verify(*, token: str) -> DomainClaim:
    """Confirm a claim by the link from the domain's mailbox. Whoever holds it needs no account.

    :raises DomainProofUnusable: if the link was used or replaced, has run out, or never existed, or if who
        claimed it may no longer
    :raises DomainTaken: if another workspace was first
    """
    claim = waiting_claim(token)
    mailbox = scope.Actor(kind="anonymous", label=claim.address)
    with scope.use(tenant_id=claim.tenant_id, user_id=None, actor=mailbox), transaction.atomic():
        claim = DomainClaim.objects.select_for_update().get(id=claim.id)
        if not claim.is_waiting or claim.withdrawn_at:
            raise DomainProofUnusable
        claim.verified_at = clock.now()
        try:
            with transaction.atomic():
                claim.save(update_fields=["verified_at"])
        except IntegrityError as error:
            raise DomainTaken from error
        _record("domains.verified", claim)
        publish(DomainVerified(claim_id=claim.id))
    return claim


def domain_join(*, user_id: UUID) -> Tenant:
    """Join the workspace that holds the domain of a person's confirmed address, with the role it gives; return it.

    :raises DomainNotYours: if there is none, it has removed them, or it has no seat left
    :raises AlreadyMember: if they are in it
    """
    claim = claim_for(user_id)
    if claim is None:
        raise DomainNotYours
    with scope.use(tenant_id=claim.tenant_id), transaction.atomic():
        claim = DomainClaim.objects.select_for_update().get(id=claim.id)
        if claim.withdrawn_at:
            raise DomainNotYours
        _join(claim, user_id)
        return Tenant.objects.get(id=claim.tenant_id)


def claim_for(user_id: UUID) -> DomainClaim | None:
    """Return the proved claim by which a person may join a workspace now; None if there is none.

    It carries the name of the `workspace`, and whether they are a member (`is_joined`).
    """
    email = get_user_model().objects.values_list("email", flat=True).get(id=user_id)
    found = _resolve("tenancy_resolve_domain", email.rpartition("@")[2].lower())
    if found is None or not accounts().is_confirmed(user_id=user_id, email=email):
        return None
    tenant_id, claim_id = found
    here = Tenant.objects.filter(id=OuterRef("tenant_id"))
    about_them = {"tenant_id": OuterRef("tenant_id"), "user_id": user_id}
    with scope.use(tenant_id=tenant_id):
        return (
            DomainClaim.objects.filter(
                Exists(here.filter(suspended_at=None, erase_due_at=None)),
                ~Exists(Removal.objects.filter(**about_them)),
                id=claim_id,
            )
            .annotate(
                workspace=Subquery(here.values("name")),
                is_joined=Exists(Membership.objects.filter(**about_them)),
            )
            .first()
        )


def waiting_claim(token: str) -> DomainClaim:
    """Return the claim that a mailed link proves.

    :raises DomainProofUnusable: if it no longer waits, or who made it may no longer
    """
    found = _resolve("tenancy_resolve_domain_claim", _hash(token))
    if found is None:
        raise DomainProofUnusable
    tenant_id, claim_id = found
    with scope.use(tenant_id=tenant_id):
        claim = DomainClaim.objects.select_related("claimed_by").get(id=claim_id)
        active = memberships_of(claim.claimed_by_id).filter(user__is_active=True)
        claimer = active.filter(tenant_id=tenant_id).first()
        needed = {"domains.manage", *permissions.role(claim.role).permissions}
    if claim.withdrawn_at or not claim.is_waiting:
        raise DomainProofUnusable
    if claimer is None or not permissions_of(claimer) >= needed:
        raise DomainProofUnusable
    return claim


def domain_token(claim_id: UUID) -> str:
    """Return the secret that stands in the link of a claim's mail."""
    mac = salted_hmac("apps.tenancy.domain", claim_id.hex, algorithm="sha256")
    return urlsafe_base64_encode(mac.digest())


def _join(claim: DomainClaim, user_id: UUID) -> None:
    try:
        membership = member_add(user_id=user_id, role=claim.role)
    except PaymentRequired as error:  # what it says is for those inside
        raise DomainNotYours(_("The workspace has no seat left. Ask somebody who is in it.")) from error
    audit().record(
        action="members.joined_by_domain",
        target_type="membership",
        target_id=membership.id,
        target_label=membership.user.display_name,
        after={"role": permissions.role(claim.role).recorded, "domain": claim.domain},
    )
    publish(MemberAdded(membership_id=membership.id, user_id=user_id, role=claim.role))


def _insert(domain: str, mailbox: str, role: str) -> DomainClaim:
    _refuse_too_many()
    claim_id = new_id()
    claim = DomainClaim(
        id=claim_id,
        domain=domain,
        mailbox=mailbox,
        role=role,
        token_hash=_hash(domain_token(claim_id)),
        claimed_by_id=scope.user_id(),
        expires_at=clock.now() + LIFETIME,
    )
    try:
        with transaction.atomic():
            claim.save(force_insert=True)
    except IntegrityError as error:
        raise DomainTaken(fields={"domain": [_("This workspace has the domain already.")]}) from error
    publish(DomainClaimed(claim_id=claim.id))
    return claim


def _refuse_too_many() -> None:
    Tenant.objects.select_for_update(of=("self",), no_key=True).get(id=scope.tenant_id())
    hour_ago = clock.now() - timedelta(hours=1)
    sent = DomainClaim.objects.filter(tenant_id=scope.tenant_id(), created_at__gt=hour_ago).count()
    if sent >= MOST_MAILS_IN_AN_HOUR:
        raise TooManyDomainMails


def _locked(claim_id: UUID) -> DomainClaim:
    found = DomainClaim.objects.select_for_update().filter(tenant_id=scope.tenant_id(), withdrawn_at=None)
    claim = found.filter(id=claim_id).first()
    if claim is None:
        raise DomainNotFound
    return claim


def _checked_domain(domain: str) -> str:
    domain = domain.strip().lower().removeprefix("@").rstrip(".")
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        domain = ""
    labels = domain.split(".")
    if len(labels) < 2 or len(domain) > 240 or not all(map(LABEL.fullmatch, labels)) or labels[-1].isdigit():
        raise Invalid(fields={"domain": [_("Enter a domain, such as example.com.")]})
    if any(".".join(labels[start:]) in _public_providers() for start in range(len(labels))):
        text = _("Everybody can have an address there. Enter a domain of your own.")
        raise Invalid(fields={"domain": [text]})
    return domain


@cache
def _public_providers() -> frozenset[str]:
    lines = PUBLIC_PROVIDERS.read_text().splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _resolve(function: str, key: str) -> tuple[UUID, UUID] | None:
    with connection.cursor() as cursor:
        cursor.execute(f"select tenant_id, claim_id from {function}(%s)", [key])  # noqa: S608 - one of ours
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _record(action: str, claim: DomainClaim) -> None:
    audit().record(action=action, target_type="domain", target_id=claim.id, target_label=claim.domain)
