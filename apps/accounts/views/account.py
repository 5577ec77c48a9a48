"""A person's own pages: profile, security and log-ins. Password, address and second steps are allauth's."""

from typing import cast
from urllib.parse import urlencode
from uuid import UUID

from allauth.account.utils import get_next_redirect_url
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import selectors
from apps.accounts.forms.profile import ProfileForm
from apps.accounts.models import User
from apps.accounts.services.profile import profile_update
from apps.accounts.services.sessions import other_sessions_end, session_end
from apps.accounts.tokens.sessions import session_end as app_session_end
from apps.audit.interface import audit
from apps.core.errors import Invalid
from apps.core.http.forms import add_errors
from apps.core.pages import PAGE_SIZE

PROFILE = ("name", "time_zone", "language", "theme")


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show and change name, time zone, language and theme."""
    user = cast(User, request.user)
    form = ProfileForm(request.POST or None, initial={name: getattr(user, name) for name in PROFILE})
    if request.method == "POST" and _save(form, user):
        with translation.override(form.cleaned_data["language"]):
            messages.success(request, _("Your profile is saved."))
        return redirect("account:profile")
    status = 422 if form.is_bound else 200
    return render(request, "accounts/profile.html", {"form": form}, status=status)


@login_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme that was chosen in the shell."""
    profile_update(user_id=cast(User, request.user).id, theme=request.POST.get("theme", ""))
    return HttpResponse(status=204)


@login_required
@require_GET
def security(request: HttpRequest) -> HttpResponse:
    """Show how one logs in. The ways to change it are allauth's, below this address."""
    user = cast(User, request.user)
    return render(request, "accounts/security.html", {"security": selectors.security_of(user)})


@login_required
@require_GET
def activity(request: HttpRequest) -> HttpResponse:
    """Show what was done with one's account."""
    page = audit().list_own_entries(cursor=request.GET.get("cursor", ""), page_size=PAGE_SIZE)
    context = {
        "entries": page.entries,
        "next": page.next and f"?{urlencode({'cursor': page.next})}",
        "previous": page.previous and f"?{urlencode({'cursor': page.previous})}",
    }
    return render(request, "accounts/activity.html", context)


@login_required
@require_GET
def log_in_again(request: HttpRequest) -> HttpResponse:
    """Confirm that it's them: for people who come by another site, and have nothing to show here."""
    return render(request, "accounts/log_in_again.html", {"next": get_next_redirect_url(request) or ""})


@login_required
@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    """Show where one is logged in."""
    user = cast(User, request.user)
    devices = selectors.devices_of(user, current_key=request.session.session_key or "")
    return render(request, "accounts/sessions.html", {"devices": devices})


@login_required
@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Log out on one device."""
    session_end(user=cast(User, request.user), session_id=session_id)
    messages.success(request, _("Logged out there."))
    return redirect("account:sessions")


@login_required
@require_POST
def end_app_session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Sign out of one app."""
    app_session_end(user=cast(User, request.user), session_id=session_id)
    messages.success(request, _("Logged out there."))
    return redirect("account:sessions")


@login_required
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Log out everywhere else."""
    ended = other_sessions_end(user=cast(User, request.user), current_key=request.session.session_key or "")
    text = ngettext("Logged out on %(count)s other device.", "Logged out on %(count)s other devices.", ended)
    messages.success(request, text % {"count": ended})
    return redirect("account:sessions")


def _save(form: ProfileForm, user: User) -> bool:
    if not form.is_valid():
        return False
    try:
        profile_update(user_id=user.id, **form.cleaned_data)
    except Invalid as error:
        add_errors(form, error)
        return False
    return True
