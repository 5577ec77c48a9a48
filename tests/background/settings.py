"""The settings of the processes that the tests start: the suite's, with handlers and tasks to watch."""

import os

from config.settings.test import *  # noqa: F403
from config.settings.test import INSTALLED_APPS as OURS
from config.settings.test import SHARED_APPS as SHARED

SHARED_APPS = [*SHARED, "tests.background"]
INSTALLED_APPS = [*OURS, "tests.background"]

STRIPE_SECRET_KEY = os.environ.get("STRIPE_SECRET_KEY", "")
STRIPE_API_BASE = os.environ.get("STRIPE_API_BASE", "")
STRIPE_WEBHOOK_SECRETS = [one for one in [os.environ.get("STRIPE_WEBHOOK_SECRETS", "")] if one]
