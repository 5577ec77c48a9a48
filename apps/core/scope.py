"""Who acts for whom now.

The scope is a context variable: it is set at the edge (a request, a job, a command), carried through threads and
coroutines by Python, and *pulled* by the database backend before every statement. Nobody pushes it to a connection.
"""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.conf import settings

from apps.core.errors import ApplicationError

Role = Literal["app", "platform", "owner"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did it, as the audit log will name them."""

    kind: Literal["person", "key", "staff", "system", "anonymous"]
    id: UUID | None = None
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The event that a handler is called for, and the person who brought it about."""

    event_id: UUID
    user_id: UUID | None = None


SYSTEM = Actor(kind="system", label=settings.PRODUCT_NAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The present actor and tenant. `cell` is the PostgreSQL schema that holds the tenant's product data.

    `authenticated_at` is when the person last showed who they are. `on_behalf_of` is the member whom staff, as `actor`,
    stand in for; `user_id` is then the member's (apps.core.support). With `read_only`, the database refuses to write.
    `is_narrowed` is true of a key with scopes: `permissions` are then all it may do.
    """

    role: Role = "app"
    tenant_id: UUID | None = None
    cell: str | None = None
    user_id: UUID | None = None
    actor: Actor = SYSTEM
    on_behalf_of: Actor | None = None
    read_only: bool = False
    membership_role: str = ""
    permissions: frozenset[str] = frozenset()
    is_narrowed: bool = False
    request_id: str = ""
    session_id: str = ""
    authenticated_at: datetime | None = None
    address: str = ""
    trace: str = ""
    cause: Cause | None = None


class ScopeMissing(ApplicationError):
    """Code that works for a tenant or a person ran outside of their scope. A defect of ours."""

    code = "scope_missing"
    status = 500


_scope: ContextVar[Scope] = ContextVar("scope", default=Scope())  # noqa: B039 - it is frozen


def current() -> Scope:
    """Return the scope of the running request, job or command; an empty one outside of them."""
    return _scope.get()


def tenant_id() -> UUID:
    """Return the tenant in scope.

    :raises ScopeMissing: if there is none
    """
    return _demanded(_scope.get().tenant_id, "tenant")


def user_id() -> UUID:
    """Return the person in scope.

    :raises ScopeMissing: if there is none
    """
    return _demanded(_scope.get().user_id, "person")


def _demanded(value: UUID | None, what: str) -> UUID:
    if value is None:
        raise ScopeMissing(f"No {what} is in scope.")
    return value


@contextmanager
def activate(scope: Scope) -> Iterator[Scope]:
    """Make `scope` the present one for the block."""
    previous = _scope.get()
    _scope.set(scope)
    try:
        yield scope
    finally:
        # Not a token: a block entered in one thread of an async request may be left in another.
        _scope.set(previous)


@contextmanager
def use(**changes: Any) -> Iterator[Scope]:
    """Change some fields of the present scope for the block, for example `use(tenant_id=..., cell=...)`."""
    with activate(replace(current(), **changes)) as scope:
        yield scope


@contextmanager
def as_role(role: Role) -> Iterator[Scope]:
    """Act with another database role for the block.

    `platform` crosses tenants: it is for the back office and for daemons, never for a customer's request.
    """
    with use(role=role) as scope:
        yield scope


def bind(iterable: Iterable[Any] | AsyncIterable[Any]) -> Iterator[Any] | AsyncIterator[Any]:
    """Return an iterator that takes each item in the scope of now, wherever it is consumed.

    A streamed response body runs after the middleware has put the scope away.
    """
    if isinstance(iterable, AsyncIterable):
        return _bind_async(iterable, current())
    return _bind_sync(iterable, current())


def _bind_sync(iterable: Iterable[Any], scope: Scope) -> Iterator[Any]:
    iterator = iter(iterable)
    while True:
        with activate(scope):
            try:
                item = next(iterator)
            except StopIteration:
                return
        yield item


async def _bind_async(iterable: AsyncIterable[Any], scope: Scope) -> AsyncIterator[Any]:
    iterator = aiter(iterable)
    while True:
        with activate(scope):
            try:
                item = await anext(iterator)
            except StopAsyncIteration:
                return
        yield item
