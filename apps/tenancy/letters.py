"""Writing the mails of workspaces, from the templates in tenancy/email/."""

from typing import Any

from django.core.mail import EmailMultiAlternatives

from apps.core.mail import compose


def letter(name: str, *, to: str, language: str, context: dict[str, Any]) -> EmailMultiAlternatives:
    """Return a mail in text and HTML, in the language of who reads it."""
    return compose(f"tenancy/email/{name}", to=to, language=language, context=context)
