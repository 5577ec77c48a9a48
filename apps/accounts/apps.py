from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.core import actions, erasure, navigation, permissions, privacy
from apps.core.permissions import ADMIN, MEMBER, OWNER, VIEWER
from apps.entitlements.interface import keep_open


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from allauth.account.signals import authentication_step_completed, login_code_rejected
        from allauth.core.internal import ratelimit
        from allauth.mfa import signals as mfa
        from allauth.socialaccount import signals as social
        from django.core.cache import caches
        from django.utils.connection import ConnectionProxy

        from apps.accounts import handlers, news
        from apps.accounts.erasure import erase
        from apps.accounts.privacy import forget, tell

        permissions.declare("keys.manage", _("Create and revoke API keys"), roles=[OWNER, ADMIN])
        permissions.declare(
            "keys.own", _("Create API keys for oneself"), roles=[OWNER, ADMIN, MEMBER, VIEWER]
        )
        keep_open("accounts:key_revoke")
        _declare_actions()
        news.declare()
        _add_navigation()
        erasure.register("accounts", erase)
        privacy.register("accounts", tell=tell, forget=forget)
        # allauth has no setting for it. Without, nobody could log in while Valkey is away.
        ratelimit.cache = ConnectionProxy(caches, "limits")  # type: ignore[attr-defined,assignment]
        # allauth says this in no other way.
        authentication_step_completed.connect(handlers.note_reauthentication)
        authentication_step_completed.connect(handlers.follow_mailed_code)
        login_code_rejected.connect(handlers.record_rejected_code)
        social.social_account_added.connect(handlers.record_connection)
        social.social_account_removed.connect(handlers.record_disconnection)
        mfa.authentication_failed.connect(handlers.record_rejected_code)
        mfa.authenticator_added.connect(handlers.record_second_step_added)
        mfa.authenticator_reset.connect(handlers.record_second_step_added)
        mfa.authenticator_removed.connect(handlers.follow_second_step_removed)
        mfa.authenticator_used.connect(handlers.record_recovery_code)


def _declare_actions() -> None:
    actions.declare("keys.created", _("API key created"), _("{actor} created the API key {target}."))
    actions.declare("keys.changed", _("API key changed"), _("{actor} changed the API key {target}."))
    actions.declare(
        "keys.rotated", _("API key renewed"), _("{actor} gave the API key {target} a new secret.")
    )
    actions.declare(
        "keys.refused",
        _("API key refused"),
        _("The API key {target} was refused: it came from the address {after[address]}."),
    )
    actions.declare("keys.revoked", _("API key revoked"), _("{actor} revoked the API key {target}."))
    actions.declare("account.signed_up", _("Signed up"), _("{actor} signed up."))
    actions.declare("account.logged_in", _("Logged in"), _("{actor} logged in."))
    actions.declare("account.login_failed", _("Log-in failed"), _("Somebody failed to log in as {target}."))
    actions.declare("account.logged_out", _("Logged out"), _("{actor} logged out."))
    actions.declare("account.password_changed", _("Password changed"), _("{actor} changed their password."))
    actions.declare(
        "account.password_reset",
        _("Password reset"),
        _("{actor} reset their password by mail."),
    )
    actions.declare(
        "account.email_confirmed", _("Address confirmed"), _("{actor} confirmed the address {after[email]}.")
    )
    actions.declare(
        "account.email_changed",
        _("Address changed"),
        _("{actor} changed their address from {before[email]} to {after[email]}."),
    )
    actions.declare(
        "account.session_ended", _("Session ended"), _("{actor} ended their session on {before[device]}.")
    )
    actions.declare(
        "account.token_reused",
        _("Token used twice"),
        _("{actor} was signed out on {before[device]}: its refresh token was used twice."),
    )
    actions.declare(
        "account.mfa_enabled", _("Codes from an app turned on"), _("{actor} turned on codes from an app.")
    )
    actions.declare(
        "account.mfa_disabled", _("Codes from an app turned off"), _("{actor} turned off codes from an app.")
    )
    actions.declare(
        "account.recovery_codes_made", _("Recovery codes made"), _("{actor} made new recovery codes.")
    )
    actions.declare("account.recovery_code_used", _("Recovery code used"), _("{actor} used a recovery code."))
    actions.declare(
        "account.passkey_added", _("Passkey added"), _("{actor} added the passkey {after[name]}.")
    )
    actions.declare(
        "account.passkey_removed", _("Passkey removed"), _("{actor} removed the passkey {after[name]}.")
    )
    actions.declare(
        "account.connected",
        _("Other log-in connected"),
        _("{actor} connected their account at {after[site]}."),
    )
    actions.declare(
        "account.disconnected",
        _("Other log-in disconnected"),
        _("{actor} disconnected their account at {after[site]}."),
    )
    actions.declare("account.data_asked_for", _("Data asked for"), _("{actor} asked for their data."))
    actions.declare("account.data_fetched", _("Data downloaded"), _("{actor} downloaded their data."))
    actions.declare("account.deletion_asked_for", _("Account deleted"), _("{actor} deleted their account."))
    actions.declare(
        "account.erasure_ordered",
        _("Erasure of a person ordered"),
        _("The operator had {target} erased."),
    )
    actions.declare("account.erased", _("Person erased"), _("A person was erased."))
    actions.declare("account.profile_changed", _("Profile changed"), _("{actor} changed their profile."))


def _add_navigation() -> None:
    navigation.register(
        navigation.Entry(
            label=_("API keys"),
            url_name="accounts:keys",
            icon="key-round",
            group="workspace",
            order=20,
            permission=("keys.own", "keys.manage"),
        )
    )
    account = [
        (_("Profile"), "account:profile", "user"),
        (_("E-mail address"), "account_email", "mail"),
        (_("Security"), "account:security", "shield-check"),
        (_("Devices"), "account:sessions", "monitor-smartphone"),
        (_("Your data"), "account:data", "database"),
    ]
    for order, (label, url_name, icon) in enumerate(account):
        navigation.register(
            navigation.Entry(label=label, url_name=url_name, icon=icon, group="account", order=order)
        )
