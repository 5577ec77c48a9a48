"""What makes a public server less safe than it looks, beside what Django itself sees: `manage.py check --deploy`."""

from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from itertools import combinations
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Tags, register
from django.core.checks import Warning as CheckWarning
from django.http.request import validate_host

Configs = Sequence[AppConfig] | None
MADE_UP = "development-only"  # how the secrets begin that development needs no variable for
SHORTEST = 32  # characters of a secret
#: Backends that show mails, and the links in them, to others than their readers; or to nobody.
NO_MAIL = ("console", "filebased", "locmem", "dummy")
HERE = ("localhost", "127.0.0.1", "::1")
#: This machine, and where clouds tell a server its own secrets.
OURS = [ip_network(found) for found in ("127.0.0.0/8", "169.254.0.0/16", "::1/128", "fe80::/10")]


@register(Tags.security, deploy=True)
def check_settings(app_configs: Configs, **_: Any) -> Iterator[CheckMessage]:
    """The settings are not those of development."""
    if "apps.dev" in settings.SHARED_APPS:
        yield CheckWarning(
            "These are the settings of development: /dev/ is open to everybody, and has mails and demo log-ins.",
            hint="Set DJANGO_SETTINGS_MODULE to config.settings.production.",
            id="core.W101",
        )


@register(Tags.security, deploy=True)
def check_address(app_configs: Configs, **_: Any) -> Iterator[CheckMessage]:
    """The site is reached by https, under names that are its own."""
    url = urlsplit(settings.BASE_URL)
    if url.scheme != "https":
        yield CheckWarning(
            "BASE_URL is no https address: links in mails lead to where cookies are not sent.",
            hint="Begin it with https://.",
            id="core.W102",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield CheckWarning(
            "ALLOWED_HOSTS has *: every name counts as ours, and what is made for one host is shown at all.",
            hint="List the site's own names. Those of workspaces are found without it.",
            id="core.W103",
        )
    elif not validate_host(url.hostname or "", settings.ALLOWED_HOSTS):
        yield CheckWarning(
            f"ALLOWED_HOSTS lacks {url.hostname}, the host of BASE_URL: links in mails are refused.",
            hint="Add it.",
            id="core.W104",
        )


@register(Tags.security, deploy=True)
def check_secrets(app_configs: Configs, **_: Any) -> Iterator[CheckMessage]:
    """Each secret is one of the server's own, long, and for one purpose."""
    secrets = _secrets()
    for name, values in secrets.items():
        if any(value.startswith(MADE_UP) for value in values):
            yield CheckWarning(
                f"{name} is the one of development, which everybody can read.",
                hint="Set it to a long random text.",
                id="core.W105",
            )
    for (name, values), (other, others) in combinations(secrets.items(), 2):
        if not set(values).isdisjoint(others):
            yield CheckWarning(
                f"{name} and {other} are the same: who learns one has both, and neither can be changed alone.",
                hint="Set them to different random texts.",
                id="core.W106",
            )
    if any(len(value) < SHORTEST for value in secrets["WEBHOOKS_SECRET"]):
        yield CheckWarning(
            "WEBHOOKS_SECRET is short enough to be guessed from a signature.",
            hint=f"Set it to a random text of {SHORTEST} characters or more.",
            id="core.W107",
        )


def _secrets() -> dict[str, list[str]]:
    """Return the secrets by name, without those that SECRET_KEY stands for."""
    main = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return {
        "SECRET_KEY": main,
        "MFA_KEYS": settings.MFA_KEYS,
        "SERVICE_SECRET": settings.SERVICE_SECRETS,
        "AUDIT_SIGNING_KEY": [settings.AUDIT_SIGNING_KEY] if settings.AUDIT_SIGNING_KEY else [],
        "API_KEY_PEPPERS": [value for value in settings.API_KEY_PEPPERS if value not in main],
        "WEBHOOKS_SECRET": [value for value in [settings.WEBHOOKS_SECRET] if value not in main],
    }


@register(Tags.security, deploy=True)
def check_cookies(app_configs: Configs, **_: Any) -> Iterator[CheckMessage]:
    """No other host of the domain can set or read the cookies that matter."""
    for kind in ("SESSION", "CSRF"):
        if not getattr(settings, f"{kind}_COOKIE_NAME").startswith("__Host-"):
            yield CheckWarning(
                f"{kind}_COOKIE_NAME does not begin with __Host-: every host of the domain can set the cookie.",
                hint="Give it its name of config/settings/production.py back.",
                id="core.W108",
            )
        elif getattr(settings, f"{kind}_COOKIE_DOMAIN"):
            yield CheckWarning(
                f"{kind}_COOKIE_DOMAIN is set: browsers refuse a __Host- cookie that has a domain.",
                hint="Unset it.",
                id="core.W109",
            )


@register(Tags.security, deploy=True)
def check_mail(app_configs: Configs, **_: Any) -> Iterator[CheckMessage]:
    """Mails, which carry links that open accounts, reach their readers and nobody else."""
    backend = settings.EMAIL_BACKEND.rpartition(".mail.backends.")[2].partition(".")[0]
    if backend in NO_MAIL:
        yield CheckWarning(
            "EMAIL_URL sends no mail. Links that open accounts end up in a log or a file, or nowhere.",
            hint="Set it to your mail server.",
            id="core.W110",
        )
    is_secure = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL or settings.EMAIL_HOST in HERE
    if backend == "smtp" and settings.EMAIL_HOST_PASSWORD and not is_secure:
        yield CheckWarning(
            f"The password of the mail server goes to {settings.EMAIL_HOST} in clear.",
            hint="Begin EMAIL_URL with smtp+tls:// or smtp+ssl://.",
            id="core.W111",
        )


@register(Tags.security, deploy=True)
def check_proxies(app_configs: Configs, **_: Any) -> Iterator[CheckMessage]:
    """The visitors' addresses are known."""
    if settings.SECURE_PROXY_SSL_HEADER and not settings.TRUSTED_PROXY_COUNT:
        yield CheckWarning(
            "TRUSTED_PROXY_COUNT is 0: everybody seems to come from your proxy, shares its limits, and can lock out "
            "all others.",
            hint="Set it to the number of your proxies that add to X-Forwarded-For.",
            id="core.W112",
        )


@register(Tags.security, deploy=True)
def check_outgoing(app_configs: Configs, **_: Any) -> Iterator[CheckMessage]:
    """Addresses that customers type don't lead to this machine."""
    allowed = [ip_network(found) for found in settings.OUTGOING_ALLOWED_NETWORKS]
    reached = [
        ours for ours in OURS for found in allowed if found.version == ours.version and found.overlaps(ours)
    ]
    if reached:
        names = ", ".join(map(str, dict.fromkeys(reached)))
        yield CheckWarning(
            f"OUTGOING_ALLOWED_NETWORKS lets customers' webhooks reach {names}: this machine, or its cloud's secrets.",
            hint="Name only networks that every customer may reach.",
            id="core.W113",
        )
