"""Reactions to events."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from apps.core import permissions
from apps.tenancy.events import InvitationCreated
from apps.tenancy.models import Invitation
from apps.tenancy.services.invitations import token_of


def send_invitation(event: InvitationCreated) -> None:
    """Mail the invitation's link in the inviter's language, unless it was revoked or used meanwhile."""
    invitation = Invitation.objects.select_related("tenant", "invited_by").get(id=event.invitation_id)
    if not invitation.is_open:
        return
    with translation.override(invitation.invited_by.language):
        _message(invitation).send()


def _message(invitation: Invitation) -> EmailMultiAlternatives:
    path = reverse("tenancy_invitation:open", args=[token_of(invitation.id)])
    context = {
        "workspace": invitation.tenant.name,
        "inviter": invitation.invited_by.display_name,
        "role": permissions.role(invitation.role).name,
        "url": settings.BASE_URL + path,
        "expires_at": invitation.expires_at,
    }
    subject = " ".join(render_to_string("tenancy/email/invitation_subject.txt", context).split())
    text = render_to_string("tenancy/email/invitation_message.txt", context)
    message = EmailMultiAlternatives(subject, text, to=[invitation.email])
    message.attach_alternative(
        render_to_string("tenancy/email/invitation_message.html", context), "text/html"
    )
    return message
