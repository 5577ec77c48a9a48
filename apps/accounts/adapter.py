"""How allauth's flows meet our people: what is recorded, and what we tell them.

allauth owns sign-up, log-in, codes, reset and change of address. Here it learns to write each act and its
audit entry in one transaction.
"""

from typing import Any
from urllib.parse import urlencode, urlsplit

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.signup import send_unknown_account_mail
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import EmailAddress
from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.core.internal.httpkit import headed_redirect_response, is_headless_request
from anymail.exceptions import AnymailError
from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts import known_devices
from apps.accounts.devices import device_of
from apps.accounts.methods import methods_of
from apps.accounts.models import User
from apps.accounts.services.acts import act_record, failed_login_record
from apps.accounts.services.addresses import address_change_drop, strange_sites_drop
from apps.accounts.services.sessions import other_sessions_end
from apps.accounts.tasks import tell_of_new_device
from apps.accounts.tokens.sessions import sessions_end
from apps.core import clock, scope, step_up
from apps.core.errors import Unavailable
from apps.core.http.address import client_address
from apps.core.mail import inlined

log = structlog.get_logger()

#: What people can show to confirm that it's them.
WAYS = {
    "reauthenticate": _("Use your password"),
    "mfa_reauthenticate": _("Use a code"),
    "mfa_reauthenticate:webauthn": _("Use a passkey"),
    "log_in_again": _("Log in again"),
}


LOGIN_CODE = "account/email/login_code"
#: Mails that open an account to whoever reads them.
OPENING = {LOGIN_CODE, "account/email/password_reset_key"}
#: What a session remembers of a log-in under way: whose it is, and how often their log-ins had been ended by then.
BEGUN = "log_in_begun"


class AccountAdapter(DefaultAccountAdapter):
    """Records what people do to their accounts, and speaks as the rest of the house does."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account is switched off."),
        "duplicate_email": _("This is your address already."),
        "email_password_mismatch": _("The address or the password isn't right."),
        "enter_current_password": _("This isn't your present password."),
        "incorrect_code": _("This isn't the code we sent. Check it, or ask for a new one."),
        "incorrect_password": _("This isn't your password."),
        "rate_limited": _("That was a bit fast. Wait a moment, then try again."),
        "too_many_login_attempts": _("Too many tries. Wait a few minutes, then try again."),
    }

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Set none: people have an address and no user name."""

    def pre_login(self, request: HttpRequest, user: Any, **details: Any) -> HttpResponse | None:
        records = get_authentication_records(request, user)
        if not records or records[-1]["method"] != "code":  # that log-in began when the code was sent
            request.session[BEGUN] = _standing(user)
        return super().pre_login(request, user, **details)

    def login(self, request: HttpRequest, user: Any) -> None:
        self._refuse_what_was_ended(request, user)
        is_first = user.last_login is None
        super().login(request, user)
        if is_first or known_devices.is_known(request, user.id):
            return
        with scope.use(tenant_id=None, user_id=user.id), transaction.atomic():
            tell_of_new_device.enqueue(
                user_agent=request.headers.get("User-Agent", "")[:500],
                address=client_address(request),
                at=clock.now(),
            )

    def _refuse_what_was_ended(self, request: HttpRequest, user: Any) -> None:
        """Refuse to complete a log-in that began before all log-ins of its person were ended."""
        begun = request.session.pop(BEGUN, "")
        if user.is_active and begun == _standing(user):
            return
        clear_login(request)
        if not user.is_active:
            raise ImmediateHttpResponse(self.respond_user_inactive(request, user))
        text = _("This log-in was ended meanwhile. Log in again.")
        self.add_message(request, messages.ERROR, message=str(text))
        raise ImmediateHttpResponse(headed_redirect_response("account_login"))

    def post_login(self, request: HttpRequest, user: Any, **details: Any) -> HttpResponse:
        with transaction.atomic():
            after = {"by": _methods(request, user), "device": device_of(request)}
            act_record(action="account.logged_in", user=user, after=after)
        step_up.note(request.session)
        step_up.note_methods(request.session, methods_of(get_authentication_records(request, user)))
        response = super().post_login(request, user, **details)
        if not is_headless_request(request):  # apps keep no cookies
            known_devices.remember(request, response, user.id)
        return response

    def is_reauthentication_required(self, *, app: str, **details: Any) -> bool:
        if step_up.is_recent():
            return False
        if not super().get_reauthentication_methods(self.request.user):
            raise ReauthenticationRequired  # They come by another site alone, and allauth would let them through.
        return True

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Ask people with a second step for that one: their password alone must not be enough to take it away."""
        methods = super().get_reauthentication_methods(user)
        if not methods:  # They come by another site alone.
            methods = [{"id": "log_in_again", "url": reverse("account:log_in_again")}]
        second = [method for method in methods if method["id"] != "reauthenticate"]
        ways = [method | {"description": WAYS[method["id"]]} for method in second or methods]
        return sorted(ways, key=lambda way: way["id"] != "mfa_reauthenticate:webauthn")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        failed_login_record(email=credentials.get("email", ""), request=request)

    def logout(self, request: HttpRequest) -> None:
        with transaction.atomic():
            if isinstance(request.user, User):
                act_record(action="account.logged_out", user=request.user)
            super().logout(request)

    def set_password(self, user: Any, password: str) -> None:
        changed_by_hand = scope.current().user_id == user.id
        with transaction.atomic():
            super().set_password(user, password)
            sessions_end(user=user)
            address_change_drop(user=user)
            strange_sites_drop(user=user)
            action = "account.password_changed" if changed_by_hand else "account.password_reset"
            act_record(action=action, user=user)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        user, email = email_address.user, email_address.email
        try:
            with transaction.atomic():
                return self._confirm_and_record(request, email_address)
        except IntegrityError:  # Somebody else signed up with this address and never confirmed it.
            context = {"email": email, "user": user}
            self.add_message(
                request, messages.ERROR, "account/messages/email_confirmation_failed.txt", context
            )
            return False

    def _confirm_and_record(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        before = User.objects.values_list("email", flat=True).get(id=email_address.user_id)
        if not super().confirm_email(request, email_address):
            return False
        changed = before != email_address.email
        if changed:
            other_sessions_end(user=email_address.user, current_key=request.session.session_key or "")
        act_record(
            action="account.email_changed" if changed else "account.email_confirmed",
            user=email_address.user,
            before={"email": before} if changed else None,
            after={"email": email_address.email},
        )
        return True

    def send_notification_mail(self, template_prefix: str, user: Any, *details: Any, **more: Any) -> None:
        """Tell a person what was done, if the mail server takes it. What is done stays done."""
        try:
            super().send_notification_mail(template_prefix, user, *details, **more)
        except Unavailable:
            log.warning("account.notice_not_sent", notice=template_prefix, user_id=str(user.id))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Lead every link to our own name. Whoever sends a form chooses the host name it comes by, and that may be a
        workspace's, which its owner can point at another server before the link is opened.

        :raises Unavailable: if the mail server can't be reached
        """
        owner = User.objects.filter(email=email.lower()).first() if template_prefix in OPENING else None
        if template_prefix in OPENING and owner is None:
            # Somebody wants to move their account to this address, and has not shown that it is theirs.
            send_unknown_account_mail(self.request, email)
            return
        links = {name: _under_our_name(value) for name, value in context.items() if name.endswith("_url")}
        try:
            super().send_mail(template_prefix, email, context | links)
        except (OSError, AnymailError) as error:
            raise Unavailable(_("We can't send mail right now. Try again in a minute.")) from error
        if owner and template_prefix == LOGIN_CODE:
            self.request.session[BEGUN] = _standing(owner)

    def render_mail(self, *arguments: Any, **details: Any) -> Any:
        """Put the style sheet's rules on the elements, as in all our mails."""
        message: Any = super().render_mail(*arguments, **details)
        message.alternatives = [
            alternative._replace(content=inlined(alternative.content)) for alternative in message.alternatives
        ]
        return message

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """Carry `next` in the mail's link: an invited person may open it in another browser."""
        url = super().get_email_confirmation_url(request, emailconfirmation)
        goal = get_next_redirect_url(request)
        return f"{url}?{urlencode({'next': goal})}" if goal else url


def _standing(user: User) -> str:
    """Return what is another once all log-ins of a person were ended."""
    return f"{user.id} {user.token_version}"


def _methods(request: HttpRequest, user: Any) -> str:
    """Return by what a person showed who they are, such as `password, totp`."""
    records = get_authentication_records(request, user)
    return ", ".join(record.get("type") or record["method"] for record in records)


def _under_our_name(url: str) -> str:
    found = urlsplit(url)
    return str(settings.BASE_URL) + found._replace(scheme="", netloc="").geturl()
