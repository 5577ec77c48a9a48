"""`make dev`: everything local, errors shown, mail to /dev/mail/."""

from config import env
from config.settings.base import *  # noqa: F403
from config.settings.base import BASE_DIR, SHARED_APPS, STORAGES, TENANT_APPS

DEBUG = env.debug()
ALLOWED_HOSTS = env.get_list("ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]"))
LOCAL_HOSTS_ARE_VERIFIED = True  # acme.localhost leads to this machine, so it needs no DNS
OUTGOING_ALLOWED_NETWORKS = env.outgoing_allowed_networks(("127.0.0.0/8", "::1/128"))
TENANT_WRITES_NEED_TRANSACTION = True

TOKEN_KEYS = env.token_keys() or str(BASE_DIR / "var" / "token-keys.json")
MAKE_TOKEN_KEYS = True
API_KEY_KIND = "test"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # http://localhost

SHARED_APPS = [*SHARED_APPS, "apps.dev"]
INSTALLED_APPS = [*SHARED_APPS, *TENANT_APPS]

STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# From where they lie, also with DEBUG=false, when runserver serves none.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

if not env.is_set("EMAIL_URL"):
    EMAIL_BACKEND = "apps.dev.mail.OutboxBackend"
EMAIL_FILE_PATH = BASE_DIR / "var" / "mail"

LOGGING = {"level": env.log_level(), "format": env.log_format("console")}
