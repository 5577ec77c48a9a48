"""Pages for development: where everything is, the mails, and how mails look."""

from csp.constants import NONE, SELF
from csp.decorators import csp, csp_update
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
    return render(request, "dev/index.html")


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
    """Show which mails we send."""
    return render(request, "dev/sample_list.html", {"subjects": samples.subjects()})


@require_safe
@csp_update({"frame-src": [SELF]})
def sample_detail(request: HttpRequest, name: str) -> HttpResponse:
    """Show a mail with made-up data."""
    context = {"name": name, "subject": _sample(name, "subject.txt"), "text": _sample(name, "message.txt")}
    return render(request, "dev/sample_detail.html", context)


@require_safe
@xframe_options_sameorigin
@csp(MAIL_POLICY)
def sample_body(request: HttpRequest, name: str) -> HttpResponse:
    """Answer the sample's HTML alone, for the frame."""
    return HttpResponse(_sample(name, "message.html"))


def _found(mail_id: str) -> mail.Mail:
    found = mail.find(mail_id)
    if found is None:
        raise Http404
    return found


def _sample(name: str, part: str) -> str:
    try:
        return samples.render(name, part)
    except KeyError as error:
        raise Http404 from error
