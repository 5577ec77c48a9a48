"""Fixtures that any test may use. Those of one module stand in its own folder."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.test import Client, TransactionTestCase
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.core import scope
from apps.tenancy.models import Tenant
from tests import databases
from tests.factories import accounts as people
from tests.factories import tenancy as workspaces


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any, request: pytest.FixtureRequest) -> Iterator[None]:
    """Give this worker its database, and tests the application's login to it."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    with django_db_blocker.unblock():
        name = databases.clone(worker)
        connection.settings_dict["NAME"] = name
        TransactionTestCase._fixture_teardown = lambda self: databases.empty(name)  # type: ignore[method-assign]
        yield
        connection.close()
        databases.drop(name)


@pytest.fixture(autouse=True)
def _own_cache_keys(request: pytest.FixtureRequest) -> None:
    """Keep the workers' cache entries apart, and each test's from the next one's."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    for alias, entry in settings.CACHES.items():
        # Also for the threads that a test starts: each has connections of its own.
        entry["KEY_PREFIX"] = caches[alias].key_prefix = f"{worker}:{hash(request.node.nodeid)}"


@pytest.fixture
def tenant(db: None) -> Tenant:
    """A workspace in the pool, with an owner."""
    return workspaces.workspace()


@pytest.fixture
def other_tenant(db: None) -> Tenant:
    """Another workspace in the pool, with another owner."""
    return workspaces.workspace()


@pytest.fixture
def as_tenant() -> Callable[..., AbstractContextManager[scope.Scope]]:
    """Enter a workspace's scope: `with as_tenant(tenant):` or `with as_tenant(tenant, role="viewer"):`."""
    return workspaces.scope_of


@pytest.fixture
def member(tenant: Tenant) -> Callable[..., User]:
    """Make a member of `tenant`: `member("viewer")`."""
    return lambda role="member", **details: workspaces.member(tenant, role, **details)


@pytest.fixture
def person(db: None) -> User:
    """Somebody with a confirmed address and no workspace."""
    return people.person()


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """Return a browser session of a person: `signed_in(member("admin"))`."""

    def sign_in(user: User) -> Client:
        client = Client()
        people.log_in(client, user)
        return client

    return sign_in


@dataclass(slots=True)
class Queries:
    """The statements of a block, without those that only set the scope."""

    statements: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.statements)


@pytest.fixture
def query_count(db: None) -> Callable[[], AbstractContextManager[Queries]]:
    """Count statements: `with query_count() as queries: …`, then `assert queries.total == 3`."""

    @contextmanager
    def count() -> Iterator[Queries]:
        queries = Queries()
        with CaptureQueriesContext(connection) as captured:
            yield queries
        queries.statements = [query["sql"] for query in captured.captured_queries]

    return count


@pytest.fixture
def api_client(tenant: Tenant) -> Client:
    """A client that sends an API key of `tenant` with the admin role."""
    return workspaces.api_client(tenant)
