"""Mails about joining, asking and proving."""

from django.conf import settings
from django.urls import reverse

from apps.core import permissions
from apps.core.subscriptions import handles
from apps.tenancy.events import AccessDecided, AccessRequested, DomainClaimed, InvitationCreated
from apps.tenancy.letters import letter
from apps.tenancy.models import AccessRequest, DomainClaim, Invitation, Tenant
from apps.tenancy.requests import deciders
from apps.tenancy.selectors import members
from apps.tenancy.services.domains import domain_token
from apps.tenancy.services.hosts import base_url_of
from apps.tenancy.services.invitations import token_of

MOST_DECIDERS = 10  # mails for one request


@handles(InvitationCreated)
def send_invitation(event: InvitationCreated) -> None:
    """Mail the invitation's link in the inviter's language, unless it was revoked or used meanwhile."""
    invitation = Invitation.objects.select_related("tenant", "invited_by").get(id=event.invitation_id)
    if not invitation.is_open:
        return
    path = reverse("tenancy_invitation:open", args=[token_of(invitation.id)])
    context = {
        "workspace": invitation.tenant.name,
        "inviter": invitation.invited_by.display_name,
        "role": permissions.role(invitation.role).name,
        "url": base_url_of(invitation.tenant.id) + path,
        "expires_at": invitation.expires_at,
    }
    language = invitation.invited_by.language
    letter("invitation", to=invitation.email, language=language, context=context).send()


@handles(DomainClaimed)
def send_domain_proof(event: DomainClaimed) -> None:
    """Mail the link that proves a domain to its mailbox, in the language of who claims it."""
    claim = DomainClaim.objects.select_related("claimed_by").get(id=event.claim_id)
    if claim.withdrawn_at or not claim.is_waiting:
        return
    context = {
        "workspace": Tenant.objects.get(id=claim.tenant_id).name,
        "claimer": claim.claimed_by.display_name,
        "claimer_email": claim.claimed_by.email,
        "domain": claim.domain,
        # Under our own name: whoever claims a domain could read the token by a host name of theirs.
        "url": settings.BASE_URL + reverse("tenancy_domain:proof", args=[domain_token(claim.id)]),
        "expires_at": claim.expires_at,
    }
    language = claim.claimed_by.language
    letter("domain_proof", to=claim.address, language=language, context=context).send()


@handles(AccessRequested)
def send_access_request(event: AccessRequested) -> None:
    """Tell those who can decide that somebody asks for access, each in their language."""
    asked = AccessRequest.objects.select_related("user").filter(id=event.request_id, decided_at=None).first()
    permission = permissions.find(asked.permission) if asked else None
    if asked is None or permission is None:
        return
    tenant = Tenant.objects.get(id=asked.tenant_id)
    for found in deciders(asked.permission)[:MOST_DECIDERS]:
        context = {
            "workspace": tenant.name,
            "asker": asked.user.display_name,
            "asker_email": asked.user.email,
            "permission": permission.label,
            "message": asked.message,
            "url": base_url_of(tenant.id) + reverse("tenancy:requests", args=[tenant.slug]),
        }
        person = found.user
        letter("access_request", to=person.email, language=person.language, context=context).send()


@handles(AccessDecided)
def send_access_decided(event: AccessDecided) -> None:
    """Tell who asked for access what became of it, unless they have left."""
    asked = AccessRequest.objects.select_related("user").get(id=event.request_id)
    permission = permissions.find(asked.permission)
    if permission is None or not members(asked.tenant_id).filter(user_id=asked.user_id).exists():
        return
    tenant = Tenant.objects.get(id=asked.tenant_id)
    context = {
        "workspace": tenant.name,
        "permission": permission.label,
        "is_granted": event.is_granted,
        "url": base_url_of(tenant.id) + reverse("workspace", args=[tenant.slug]),
    }
    person = asked.user
    letter("access_decided", to=person.email, language=person.language, context=context).send()
