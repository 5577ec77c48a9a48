"""Settings, middleware and addresses of our own view without its guards: no key, no membership, no row security.

It serves one workspace, which BENCH_TENANT_ID names, on the role that policies let through.
"""

import os
from collections.abc import Callable
from typing import Any
from uuid import UUID

from config.settings.production import *  # noqa: F403

MIDDLEWARE = [
    "tests.benchmarks.contenders.bare.InOneWorkspace",
    "allauth.account.middleware.AccountMiddleware",  # allauth does not start without; it only passes on
]
ROOT_URLCONF = "tests.benchmarks.contenders.bare_urls"


class InOneWorkspace:
    """Sets the one workspace's scope around each request."""

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        from apps.core import scope

        with scope.use(role="platform", tenant_id=UUID(os.environ["BENCH_TENANT_ID"]), cell="pool"):
            return self.get_response(request)
