"""A pytest plugin, loaded before Django's: the servers that the tests run against.

The controlling process starts them, or joins those of another run; its workers inherit the addresses.
"""

import atexit
import os

from config import embedded

services = embedded.start("test", durable=False)
atexit.register(services.stop)

os.environ.setdefault("DATABASE_URL", services.database_url)
os.environ.setdefault("DATABASE_OWNER_URL", services.owner_url)
os.environ.setdefault("DATABASE_ADMIN_URL", services.admin_url)
os.environ.setdefault("VALKEY_URL", services.valkey_url)
