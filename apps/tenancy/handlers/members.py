"""Mails to addresses that may be nobody's here yet: invitations, and proofs of domains."""

from django.conf import settings
from django.urls import reverse

from apps.core import permissions
from apps.core.mail import deliver
from apps.core.subscriptions import handles
from apps.tenancy.events import DomainClaimed, InvitationCreated
from apps.tenancy.letters import letter
from apps.tenancy.models import DomainClaim, Invitation, Tenant
from apps.tenancy.services.domains import domain_token
from apps.tenancy.services.hosts import base_url_of
from apps.tenancy.services.invitations import token_of


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
    deliver(letter("invitation", to=invitation.email, language=language, context=context))


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
    deliver(letter("domain_proof", to=claim.address, language=language, context=context))
