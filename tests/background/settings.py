"""The settings of the processes that the tests start: the suite's, with handlers and tasks to watch."""

from config.settings.test import *  # noqa: F403
from config.settings.test import INSTALLED_APPS as OURS
from config.settings.test import SHARED_APPS as SHARED

SHARED_APPS = [*SHARED, "tests.background"]
INSTALLED_APPS = [*OURS, "tests.background"]
