"""Reactions to events."""

from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from apps.core import permissions
from apps.tenancy.events import AccessRequested, DomainClaimed, InvitationCreated
from apps.tenancy.models import AccessRequest, DomainClaim, Invitation, Tenant
from apps.tenancy.requests import deciders
from apps.tenancy.services.domains import domain_token
from apps.tenancy.services.hosts import base_url_of
from apps.tenancy.services.invitations import token_of

MOST_DECIDERS = 10  # mails for one request


def send_invitation(event: InvitationCreated) -> None:
    """Mail the invitation's link in the inviter's language, unless it was revoked or used meanwhile."""
    invitation = Invitation.objects.select_related("tenant", "invited_by").get(id=event.invitation_id)
    if not invitation.is_open:
        return
    with translation.override(invitation.invited_by.language):
        _message(invitation).send()


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
        "url": base_url_of(claim.tenant_id) + reverse("tenancy_domain:proof", args=[domain_token(claim.id)]),
        "expires_at": claim.expires_at,
    }
    with translation.override(claim.claimed_by.language):
        _mail("domain_proof", claim.address, context).send()


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
        with translation.override(found.user.language):
            _mail("access_request", found.user.email, context).send()


def _message(invitation: Invitation) -> EmailMultiAlternatives:
    path = reverse("tenancy_invitation:open", args=[token_of(invitation.id)])
    context = {
        "workspace": invitation.tenant.name,
        "inviter": invitation.invited_by.display_name,
        "role": permissions.role(invitation.role).name,
        "url": base_url_of(invitation.tenant.id) + path,
        "expires_at": invitation.expires_at,
    }
    return _mail("invitation", invitation.email, context)


def _mail(name: str, to: str, context: dict[str, Any]) -> EmailMultiAlternatives:
    subject = " ".join(render_to_string(f"tenancy/email/{name}_subject.txt", context).split())
    text = render_to_string(f"tenancy/email/{name}_message.txt", context)
    message = EmailMultiAlternatives(subject, text, to=[to])
    message.attach_alternative(render_to_string(f"tenancy/email/{name}_message.html", context), "text/html")
    return message
