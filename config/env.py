"""What the environment says: variables, or the file `.env` beside manage.py (.env.example lists them all).

A variable that is set but empty counts as not set. Any may come from a file instead, which <NAME>_FILE leads to: so
Docker and Kubernetes hand out secrets. While `make dev` runs, its servers are the default for every other command
(var/services.json). With nothing configured, settings still import, so that `check` and `makemigrations` need no
server; the first connection then fails with a sentence that says what to do.
"""

import json
import os
from base64 import b64decode
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent
SERVICES_FILE = ROOT / "var" / "services.json"

# No commas, where libpq would split the host, and at most 90 characters, the room in a socket's address.
NO_DATABASE = "No database is configured. Run `make dev` or set DATABASE_URL."
NO_OWNER = "DATABASE_URL is set and DATABASE_OWNER_URL is not. Set it to the login tenon_owner."
NO_VALKEY = "No Valkey is configured. Run `make dev` or set VALKEY_URL."

try:
    environ.Env.read_env(ROOT / ".env")
except UnicodeDecodeError:
    raise SystemExit("The file .env is not UTF-8 text. Save it again as UTF-8.") from None


def is_production() -> bool:
    """True under the production settings, where nothing that matters has a default."""
    return os.environ.get("DJANGO_SETTINGS_MODULE", "").endswith(".production")


def is_set(name: str) -> bool:
    return bool(get_str(name))


def get_str(name: str, default: str = "") -> str:
    """The variable's value, or what stands in the file that <NAME>_FILE leads to.

    Raises ImproperlyConfigured if both are set, or if the file can't be read.
    """
    value, file = (os.environ.get(key, "").strip() for key in (name, f"{name}_FILE"))
    if value and file:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set. Unset one of them.")
    try:
        return (Path(file).read_text(encoding="utf-8").strip() if file else value) or default
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ImproperlyConfigured(f"{name}_FILE leads to {file}, which can't be read: {reason}.") from None


def get_bool(name: str, default: bool = False) -> bool:
    """Raises ImproperlyConfigured unless the variable is one of true, false, yes, no, on, off, 1, 0."""
    value = get_str(name, str(default)).lower()
    if value not in ("true", "false", "yes", "no", "on", "off", "1", "0"):
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to true or false.")
    return value in ("true", "yes", "on", "1")


def get_int(name: str, default: int) -> int:
    """Raises ImproperlyConfigured unless the variable is a whole number."""
    value = get_str(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to a whole number, such as {default}.")
    return int(value)


def get_list(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """Values separated by commas."""
    return [item.strip() for item in get_str(name).split(",") if item.strip()] or list(default)


def outgoing_allowed_networks(default: tuple[str, ...] = ()) -> list[str]:
    """The networks that customers' addresses may lead to although they are not the public internet."""
    values = get_list("OUTGOING_ALLOWED_NETWORKS", default)
    for value in values:
        try:
            ip_network(value)
        except ValueError:
            raise ImproperlyConfigured(
                f"OUTGOING_ALLOWED_NETWORKS names {value!r}. Set it to networks such as 10.0.0.0/8."
            ) from None
    return values


def debug() -> bool:
    """Whether errors are shown with their source. Only the development settings ask."""
    return get_bool("DEBUG", default=True)


def log_level() -> str:
    """The least level that is logged, as the standard library names it."""
    return _one_of("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), get_str("LOG_LEVEL", "INFO").upper())


def log_format(default: str = "json") -> str:
    """`json`, or `console` for people."""
    return _one_of("LOG_FORMAT", ("json", "console"), get_str("LOG_FORMAT", default))


def trusted_proxy_count() -> int:
    """How many proxies of ours add to X-Forwarded-For."""
    return get_int("TRUSTED_PROXY_COUNT", default=0)


def secret_key() -> str:
    """SECRET_KEY. Outside production there is a default, which protects nothing."""
    return _needed_in_production("SECRET_KEY", "a long random text", "development-only-not-a-secret")


def api_key_peppers() -> list[str]:
    """What API keys are hashed under. The first is used, all are known: so it changes. SECRET_KEY stands for none."""
    peppers = get_list("API_KEY_PEPPERS", (secret_key(),))
    if is_set("API_KEY_PEPPERS") and any(len(pepper) < 32 for pepper in peppers):
        raise ImproperlyConfigured(
            "API_KEY_PEPPERS is too short. Set it to random texts of 32 characters or more."
        )
    return peppers


def webhooks_secret_fallbacks() -> list[str]:
    """Former WEBHOOKS_SECRETs; where SECRET_KEY stands for it, the former ones of that."""
    return get_list("WEBHOOKS_SECRET_FALLBACKS" if is_set("WEBHOOKS_SECRET") else "SECRET_KEY_FALLBACKS")


def token_keys() -> str:
    """The keys that sign tokens: the path of a file, or its content. Without them, apps can't sign in."""
    return get_str("TOKEN_KEYS")


def mfa_keys() -> list[str]:
    """What secrets of second steps are encrypted with at rest. The first encrypts, all decrypt: so it rotates."""
    _needed_in_production("MFA_KEYS", "a long random text", "")
    keys = get_list("MFA_KEYS", ("development-only-not-a-key-of-second-steps",))
    if any(len(key) < 32 for key in keys):
        raise ImproperlyConfigured("MFA_KEYS is too short. Set it to a random text of 32 characters or more.")
    return keys


def social_providers() -> dict[str, Any]:
    """allauth's SOCIALACCOUNT_PROVIDERS: those that an id and a secret are set for."""
    apps = {
        "google": (get_str("GOOGLE_CLIENT_ID"), get_str("GOOGLE_CLIENT_SECRET")),
        "github": (get_str("GITHUB_CLIENT_ID"), get_str("GITHUB_CLIENT_SECRET")),
        "microsoft": (get_str("MICROSOFT_CLIENT_ID"), get_str("MICROSOFT_CLIENT_SECRET")),
    }
    for name, (client_id, secret) in apps.items():
        if bool(client_id) != bool(secret):
            raise ImproperlyConfigured(f"Set both {name.upper()}_CLIENT_ID and {name.upper()}_CLIENT_SECRET.")
    return {
        name: {"APPS": [{"client_id": client_id, "secret": secret}], "OAUTH_PKCE_ENABLED": True}
        for name, (client_id, secret) in apps.items()
        if client_id
    }


def get_module_url(name: str) -> str:
    """Where a module is served, without a slash at the end; empty where it is part of this process."""
    if not is_set(name):
        return ""
    url = get_str(name)
    if not (url.startswith(("http://", "https://")) and _has_host(url)):
        raise ImproperlyConfigured(
            f"{name} is {url!r}. Set it to an address such as http://audit.internal:8000."
        )
    if is_production() and not is_set("SERVICE_SECRET"):
        raise ImproperlyConfigured(f"{name} is set and SERVICE_SECRET is not. Set it to a long random text.")
    return url.rstrip("/")


def service_secrets() -> list[str]:
    """What our processes sign their calls of each other with. The first signs, all are accepted: so it rotates."""
    default = () if is_production() else ("development-only-not-a-service-secret",)
    secrets = get_list("SERVICE_SECRET", default)
    if any(len(secret) < 32 for secret in secrets):
        raise ImproperlyConfigured(
            "SERVICE_SECRET is too short. Set it to a random text of 32 characters or more."
        )
    return secrets


def audit_signing_key() -> str:
    """What the audit log is sealed with: an Ed25519 key, 32 bytes in base64. Empty in development: var/ has one."""
    key = get_str("AUDIT_SIGNING_KEY")
    if not key and is_production() and not is_set("AUDIT_URL"):
        raise ImproperlyConfigured(
            "AUDIT_SIGNING_KEY is not set. Set it to what `openssl rand -base64 32` prints."
        )
    return _key_of_32_bytes("AUDIT_SIGNING_KEY", key) if key else ""


def audit_former_keys() -> list[str]:
    """The public keys that sealed the audit log before, in base64: `manage.py audit keys` prints them."""
    return [_key_of_32_bytes("AUDIT_FORMER_KEYS", key) for key in get_list("AUDIT_FORMER_KEYS")]


def port() -> int:
    """The port `make dev` listens on."""
    value = get_int("PORT", 8000)
    if not 0 < value < 65536:
        raise ImproperlyConfigured(f"PORT is {value}. Set it to a number from 1 to 65535.")
    return value


def base_url() -> str:
    """The address people see, without a slash at the end. Links in mails start with it."""
    url = _needed_in_production("BASE_URL", "the public address, such as https://app.example.com", "")
    if url and not (url.startswith(("http://", "https://")) and _has_host(url)):
        raise ImproperlyConfigured(
            f"BASE_URL is {url!r}. Set it to an address such as https://app.example.com."
        )
    return url.rstrip("/") or f"http://localhost:{port()}"


def email() -> dict[str, Any]:
    """The EMAIL_* settings of Django that EMAIL_URL describes; empty when it is not set."""
    url = _needed_in_production(
        "EMAIL_URL", "your mail server, such as smtp+tls://user:password@host:587", ""
    )
    if not url:
        return {}
    if url.split(":", 1)[0] not in environ.Env.EMAIL_SCHEMES:
        raise ImproperlyConfigured("EMAIL_URL must begin with smtp://, smtp+tls:// or smtp+ssl://.")
    if url.startswith("smtp") and not _has_host(url):
        raise ImproperlyConfigured("EMAIL_URL names no valid server. Set it to one like smtp://host:587.")
    return dict(environ.Env.email_url_config(url))


def mail_webhooks() -> dict[str, Any]:
    """Anymail's settings: what the mail provider signs in with when it tells of bounces and complaints."""
    secret = get_str("MAIL_WEBHOOK_SECRET")
    if secret and not all(secret.partition(":")):
        raise ImproperlyConfigured("MAIL_WEBHOOK_SECRET must look like name:password, two random texts.")
    return {"WEBHOOK_SECRET": secret} if secret else {}


def stripe_secret_key() -> str:
    """Stripe's key, or that of the emulator which `make dev` runs; without one, billing is off."""
    key = get_str("STRIPE_SECRET_KEY")
    if not key and _running("stripe_api_base"):
        return "sk_test_emulator"
    if key and not is_set("STRIPE_WEBHOOK_SECRETS"):
        raise ImproperlyConfigured(
            "STRIPE_SECRET_KEY is set and STRIPE_WEBHOOK_SECRETS is not. "
            "Set it to the endpoint's secret: whsec_..."
        )
    return key


def stripe_webhook_secrets() -> list[str]:
    """What Stripe signs webhooks with. Each is believed, and the first is the current one."""
    if not is_set("STRIPE_SECRET_KEY") and _running("stripe_api_base"):
        return ["whsec_emulator"]
    return get_list("STRIPE_WEBHOOK_SECRETS")


def stripe_api_base() -> str:
    """Another address than Stripe's, in development and tests. Real money goes to Stripe alone."""
    base = get_str("STRIPE_API_BASE").rstrip("/")
    if not base and not is_set("STRIPE_SECRET_KEY"):
        return _running("stripe_api_base")
    if base and get_str("STRIPE_SECRET_KEY").startswith(("sk_live_", "rk_live_")):
        raise ImproperlyConfigured(
            "STRIPE_API_BASE is set and STRIPE_SECRET_KEY is a live key. Unset one, or use a test key."
        )
    if base and is_production():
        raise ImproperlyConfigured("STRIPE_API_BASE is for development and tests. Unset it in production.")
    return base


def files(default: Path) -> dict[str, Any]:
    """Django's STORAGES entry for the files of tenants; the folder `default` without FILES_URL."""
    return _place("FILES_URL", get_str("FILES_URL"), default)


def audit_heads(default: Path) -> dict[str, dict[str, Any]]:
    """Django's STORAGES entry for signed heads of the audit log, if there is a place for them.

    The folder `default` without AUDIT_HEADS_URL; in production, none.
    """
    url = get_str("AUDIT_HEADS_URL")
    return {"audit_heads": _place("AUDIT_HEADS_URL", url, default)} if url or not is_production() else {}


def _place(name: str, address: str, default: Path) -> dict[str, Any]:
    url = urlsplit(address)
    if url.scheme == "s3" and url.netloc:
        options = dict(parse_qsl(url.query))
        return {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": url.netloc,
                "location": url.path.strip("/"),
                "region_name": options.get("region"),
                "endpoint_url": options.get("endpoint"),
                "default_acl": None,
                "file_overwrite": False,
            },
        }
    if url.scheme not in ("", "file") or url.netloc or (url.scheme == "file" and not url.path):
        raise ImproperlyConfigured(
            f"{name} must look like file:///srv/files or s3://bucket?region=eu-central-1."
        )
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": unquote(url.path) or default, "base_url": None},
    }


def db_pooling() -> str:
    """`none`, or `transaction` where PgBouncer shares connections between transactions."""
    return _one_of("DB_POOLING", ("none", "transaction"), get_str("DB_POOLING", "none"))


def database() -> dict[str, Any]:
    """Django's DATABASES entry for the application's login."""
    pooled = db_pooling() == "transaction"
    entry = database_entry(database_url())
    # Only planned cursors prepare statements, at once; these would outlive a borrowed connection.
    entry["OPTIONS"]["prepare_threshold"] = None if pooled else 0
    return entry | {
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": pooled,
    }


def database_entry(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for a `postgresql://` address; raises ImproperlyConfigured for any other."""
    if not url.startswith(("postgresql://", "postgres://")):
        raise ImproperlyConfigured("DATABASE_URL must look like postgresql://user:password@host:5432/name.")
    entry = dict(environ.Env.db_url_config(url, engine="apps.core.db.backend"))
    entry["HOST"] = unquote(str(entry["HOST"]))
    entry.setdefault("OPTIONS", {})
    return entry


def database_url() -> str:
    """Login `tenon`. With none configured, an address that fails with NO_DATABASE when somebody connects."""
    given = _needed_in_production("DATABASE_URL", "postgresql://tenon:password@host:5432/tenon", "")
    return given or _running("database_url") or _unreachable_database(NO_DATABASE)


def database_owner_url() -> str:
    """Login `tenon_owner`, for `migrate` alone. With a DATABASE_URL of yours, set this one too."""
    if is_set("DATABASE_OWNER_URL") or is_set("DATABASE_URL"):
        return get_str("DATABASE_OWNER_URL") or _unreachable_database(NO_OWNER)
    return _running("database_owner_url") or _unreachable_database(NO_DATABASE)


def database_direct_url() -> str:
    """Login `tenon` past PgBouncer: what listens for notifications needs a connection of its own."""
    return get_str("DATABASE_DIRECT_URL") or database_url()


def valkey_url() -> str:
    """With none configured, an address that fails with NO_VALKEY when somebody connects."""
    given = _needed_in_production("VALKEY_URL", "redis://:password@host:6379/0", "")
    return given or _running("valkey_url") or f"unix:///{quote(NO_VALKEY, safe='')}"


def broker_url() -> str:
    """Where messages to the workers wait: Valkey, or RabbitMQ with `amqp://…`."""
    return get_str("CELERY_BROKER_URL") or valkey_url()


def _key_of_32_bytes(name: str, text: str) -> str:
    try:
        if len(b64decode(text, validate=True)) == 32:
            return text
    except ValueError:
        pass
    raise ImproperlyConfigured(f"{name} is no key: a key is 32 bytes in base64, 44 characters.")


def _unreachable_database(reason: str) -> str:
    # libpq puts the folder of a missing socket into its error: so people read the sentence.
    return f"postgresql://tenon@{quote('/' + reason, safe='')}/tenon"


def _running(key: str) -> str:
    """What the `make dev` that runs now wrote down; empty in production and when none runs."""
    if is_production() or not SERVICES_FILE.exists():
        return ""
    return str(json.loads(SERVICES_FILE.read_text()).get(key) or "")


def _one_of(name: str, allowed: tuple[str, ...], value: str) -> str:
    if value not in allowed:
        known = f"{', '.join(allowed[:-1])} or {allowed[-1]}"
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to {known}.")
    return value


def _has_host(url: str) -> bool:
    """Tell whether an address names a host, and no port that cannot be."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _needed_in_production(name: str, what: str, default: str) -> str:
    if is_production() and not is_set(name):
        raise ImproperlyConfigured(f"{name} is not set. Set it to {what}.")
    return get_str(name, default)
