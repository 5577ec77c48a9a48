"""The test suite: like development, quiet and fast."""

from config.settings.development import *  # noqa: F403
from config.settings.development import CACHES, SHARED_APPS, STORAGES, TENANT_APPS

# A product module of the tests' own: they stay whole, whatever becomes of the product's modules.
TENANT_APPS = [*TENANT_APPS, "tests.bookshop"]
OTHER_SITES = ("github", "google")
SHARED_APPS += [f"allauth.socialaccount.providers.{name}" for name in OTHER_SITES]
INSTALLED_APPS = [*SHARED_APPS, *TENANT_APPS]

# A machine that is busy with tests pauses for longer than a Valkey may in production.
PATIENT = {"pool_class": "apps.core.valkey.Pool", "socket_timeout": 5, "socket_connect_timeout": 5}
CACHES = {name: cache | {"OPTIONS": PATIENT} for name, cache in CACHES.items()}

SOCIALACCOUNT_PROVIDERS = {
    name: {"APPS": [{"client_id": "for-tests", "secret": "for-tests"}], "OAUTH_PKCE_ENABLED": True}
    for name in OTHER_SITES
}

DEBUG = False
DNS = "tests.fakes.dns.FakeDns"
OUTGOING_ALLOWED_NETWORKS = []
LOCAL_HOSTS_ARE_VERIFIED = False
BASE_URL = "http://testserver"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
DEFAULT_PLAN = "unlimited"
SECRET_KEY = "for-tests-only"  # noqa: S105
API_KEY_PEPPERS = ["for-tests-only-and-32-letters-long"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
LOGGING = {"level": "ERROR", "format": "console"}
IN_MEMORY = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
STORAGES = STORAGES | {"tenants": IN_MEMORY, "audit_heads": IN_MEMORY}

# Not those of a `make dev` that runs here.
STRIPE_SECRET_KEY = STRIPE_API_BASE = ""
STRIPE_WEBHOOK_SECRETS = []
PLANS_ARE_SOLD = True  # so that workspaces have the plans that tests give them
