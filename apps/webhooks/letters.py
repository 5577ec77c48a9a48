"""Writing the mails of workspaces, from the templates in webhooks/email/."""

from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation


def letter(name: str, *, to: str, language: str, context: dict[str, Any]) -> EmailMultiAlternatives:
    """Return a mail in text and HTML, in the language of who reads it."""
    with translation.override(language):
        subject = " ".join(render_to_string(f"webhooks/email/{name}_subject.txt", context).split())
        message = EmailMultiAlternatives(
            subject, render_to_string(f"webhooks/email/{name}_message.txt", context), to=[to]
        )
        message.attach_alternative(
            render_to_string(f"webhooks/email/{name}_message.html", context), "text/html"
        )
    return message
