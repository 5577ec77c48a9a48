"""`python -m config.dev.reset`: stop what runs in this checkout and delete all of its data."""

import sys

from config import embedded
from config.dev import lock

try:
    lock.stop_running()
    embedded.reset()
except (lock.AlreadyRunningError, embedded.EmbeddedServerError) as error:
    sys.exit(str(error))
