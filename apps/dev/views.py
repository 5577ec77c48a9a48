"""Pages for development: where everything is, the mails, and how mails look."""

from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp, csp_update
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from apps.dev import mail, samples

# A mail styles itself inline and must not do anything else.
MAIL_POLICY = {
    "default-src": [NONE],
    "style-src": ["'unsafe-inline'"],
    "img-src": [SELF, "data:"],
    "frame-ancestors": [SELF],
    "sandbox": True,
}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Lead to what there is."""
    return render(request, "dev/index.html", {"stripe": settings.STRIPE_API_BASE})


@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """Show the mails of the outbox."""
    return render(request, "dev/mail_list.html", {"mails": mail.newest()})


@require_safe
@csp_update({"frame-src": [SELF]})
def mail_detail(request: HttpRequest, mail_id: str) -> HttpResponse:
    """Show a mail with its headers, its text and its looks."""
    return render(request, "dev/mail_detail.html", {"mail": _found(mail_id)})


@require_safe
@xframe_options_sameorigin
@csp(MAIL_POLICY)
def mail_body(request: HttpRequest, mail_id: str) -> HttpResponse:
    """Answer a mail's HTML alone, for the frame."""
    return HttpResponse(_found(mail_id).html)


@require_safe
def sample_list(request: HttpRequest) -> HttpResponse:
    """Show which mails we send, in the language of `?language=`."""
    language = _language(request)
    context = {"subjects": samples.subjects(language), **_languages(language)}
    return render(request, "dev/sample_list.html", context)


@require_safe
@csp_update({"frame-src": [SELF]})
def sample_detail(request: HttpRequest, name: str) -> HttpResponse:
    """Show a mail with made-up data."""
    language = _language(request)
    context = {
        "name": name,
        "subject": _sample(name, "subject.txt", language),
        "text": _sample(name, "message.txt", language),
        **_languages(language),
    }
    return render(request, "dev/sample_detail.html", context)


@require_safe
@xframe_options_sameorigin
@csp(MAIL_POLICY)
def sample_body(request: HttpRequest, name: str) -> HttpResponse:
    """Answer the sample's HTML alone, for the frame."""
    return HttpResponse(_sample(name, "message.html", _language(request)))


def _found(mail_id: str) -> mail.Mail:
    found = mail.find(mail_id)
    if found is None:
        raise Http404
    return found


def _sample(name: str, part: str, language: str) -> str:
    try:
        return samples.render(name, part, language)
    except KeyError as error:
        raise Http404 from error


def _language(request: HttpRequest) -> str:
    asked = request.GET.get("language", "")
    return asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _languages(chosen: str) -> dict[str, Any]:
    tabs = [
        {"label": label, "url": f"?language={code}", "current": code == chosen}
        for code, label in settings.LANGUAGES
    ]
    return {"mail_language": chosen, "languages": tabs}
