"""Mails: written from templates as text and HTML, in the language and time zone of who reads them; and sent."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from css_inline import CSSInliner
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation

# Mail programs drop style sheets, but for what holds in the dark and on small screens.
_inliner = CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
_checks: list[Callable[[str], bool]] = []

log = structlog.get_logger()


def compose(
    template: str, *, to: str, language: str, time_zone: str = "UTC", context: dict[str, Any]
) -> EmailMultiAlternatives:
    """Return a mail made of `<template>_subject.txt`, `<template>_message.txt` and `<template>_message.html`."""
    with translation.override(language), timezone.override(ZoneInfo(time_zone)):
        subject = " ".join(render_to_string(f"{template}_subject.txt", context).split())
        text = render_to_string(f"{template}_message.txt", context)
        html = inlined(render_to_string(f"{template}_message.html", context))
    message = EmailMultiAlternatives(subject, text, to=[to])
    message.attach_alternative(html, "text/html")
    return message


def inlined(html: str) -> str:
    """Return the HTML with its style sheet's rules on the elements."""
    return _inliner.inline(html)


def suppress_where(check: Callable[[str], bool]) -> None:
    """Have no mail delivered to an address for which the check says yes. A module calls this in its `apps.py`."""
    _checks.append(check)


def deliver(message: EmailMultiAlternatives) -> bool:
    """Send a mail to its one address; return False if that address is suppressed.

    What people ask for about their own account (a new password, a proof of their address) does not pass here: it is
    their way to find out, and back in.

    :raises OSError, AnymailError: if the mail server does not take it
    """
    [address] = message.to
    if any(suppressed(address) for suppressed in _checks):
        log.warning("mail.suppressed", subject=message.subject)
        return False
    message.send()
    return True
