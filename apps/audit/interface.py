"""Audit: the append-only record of who did what in a workspace."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.core.cache import caches
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import clock, scope
from apps.core.errors import Unavailable
from apps.core.modules import implementation
from apps.entitlements.interface import entitlements

Values = Mapping[str, str | int | bool | None]

ATTEMPTS_APART = timedelta(minutes=10)
ATTEMPTS_AT_MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What to look for. Empty fields match everything; `until` is exclusive."""

    actor_id: UUID | None = None
    action: str = ""
    target_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act, ready to be shown. `sentence` is complete: “Ana Ruiz invited li@acme.test as Member.”

    `actor_label` names both where staff stood in for a member: “Sam Berg (… support) as Ana Ruiz”.
    """

    id: UUID
    occurred_at: datetime
    action: str
    actor_kind: str
    actor_id: UUID | None
    actor_label: str
    target_type: str
    target_id: UUID | None
    target_label: str
    sentence: str
    address: str
    request_id: str
    before: Values
    after: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one act of many did to one target; see `Audit.record` for the fields."""

    target_id: UUID | None
    target_label: str = ""
    before: Values
    after: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An entry on its way into the log: everything but the tenant. Secrets are masked in it already."""

    id: UUID
    occurred_at: datetime
    action: str
    actor_kind: str
    actor_id: UUID | None
    actor_label: str
    on_behalf_of_id: UUID | None = None
    on_behalf_of_label: str = ""
    target_type: str
    target_id: UUID | None
    target_label: str
    before: Values
    after: Values
    address: str
    request_id: str
    session_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some entries, newest first, and the cursors of the pages around them (empty at an end)."""

    entries: tuple[Entry, ...]
    next: str
    previous: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """A piece of an export: lines of JSON, and the cursor of the next piece (empty at the end)."""

    lines: tuple[str, ...]
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorChoice:
    """Somebody who appears in the log, under the name they had last."""

    id: UUID
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a log can be filtered by: who appears in it, by name, and which actions do."""

    actors: tuple[ActorChoice, ...]
    actions: tuple[str, ...]


class LogUnavailable(Unavailable):
    """The log is kept by another process, which does not answer. Entries wait until it does."""

    code = "log_unavailable"
    page = "errors/log_unavailable.html"
    message = _(
        "The audit log can't be read just now. Nothing is lost: what happens meanwhile is added later."
    )


class Audit(ABC):
    """Writing to and reading from the log of the tenant in scope."""

    def record(
        self,
        *,
        action: str,
        target_type: str,
        target_id: UUID | None,
        target_label: str = "",
        before: Values | None = None,
        after: Values | None = None,
    ) -> None:
        """Add an entry for an act of the actor in scope, in the caller's transaction.

        :param action: a declared action, such as `members.role_changed`
        :param target_label: what to call the target in the sentence
        :param before: the values that changed, as they were; secrets are masked, and floats are kept as text
        :param after: the same, as they are now
        :raises KeyError: if no module declared the action
        :raises TransactionManagementError: if no transaction is open
        """
        change = Change(
            target_id=target_id, target_label=target_label, before=before or {}, after=after or {}
        )
        self.record_many(action=action, target_type=target_type, changes=(change,))

    @abstractmethod
    def record_many(self, *, action: str, target_type: str, changes: tuple[Change, ...]) -> None:
        """Add an entry for each of many targets of the same act, as `record` does for one."""

    @abstractmethod
    def add(self, *, records: tuple[Record, ...]) -> None:
        """Add entries that were recorded elsewhere. One that the log has already is left as it is.

        What they say about somebody whose details were erased after it happened is erased too.
        """

    def list_entries(self, *, filters: Filters, cursor: str = "", page_size: int = 50) -> Page:
        """Return a page of the entries of the days that the tenant's plan shows (`audit.days`), newest first.

        :raises Invalid: if the cursor is not one of ours
        :raises LogUnavailable: if the log is kept elsewhere and can't be reached
        """
        return self.list_all_entries(filters=_of_shown_days(filters), cursor=cursor, page_size=page_size)

    def list_own_entries(self, *, cursor: str = "", page_size: int = 50) -> Page:
        """Return a page of what was done with the account of the person in scope, outside of workspaces, newest first.

        :raises Invalid: if the cursor is not one of ours
        :raises LogUnavailable: if the log is kept elsewhere and can't be reached
        """
        with scope.use(tenant_id=None):
            return self.list_all_entries(filters=Filters(), cursor=cursor, page_size=page_size)

    @abstractmethod
    def list_all_entries(self, *, filters: Filters, cursor: str = "", page_size: int = 50) -> Page:
        """Return entries of all days: of the tenant in scope, for staff; if none is, those about the person in scope.

        :raises Invalid: if the cursor is not one of ours
        :raises LogUnavailable: if the log is kept elsewhere and can't be reached
        """

    @abstractmethod
    def list_choices(self) -> Choices:
        """Return the people, keys and actions that appear in the tenant's log.

        :raises LogUnavailable: if the log is kept elsewhere and can't be reached
        """

    @abstractmethod
    def list_lines(self, *, since: datetime | None, cursor: str = "") -> Lines:
        """Return a piece of the whole log with its seal, for those who verify it by themselves.

        :param since: leave out what was sealed before
        :raises LogUnavailable: if the log is kept elsewhere and can't be reached
        """

    @abstractmethod
    def erase_log(self) -> Mapping[str, int]:
        """Delete the whole log of the tenant in scope and leave a receipt; return the number of rows by table."""

    @abstractmethod
    def erase_past(self) -> int:
        """Delete batches that are older than AUDIT_KEEP_DAYS and than what the plan shows, and leave a signed receipt.

        Of the tenant in scope, or of all logs if none is. Return how many entries went.

        :raises LogUnavailable: if the log is kept elsewhere and can't be reached
        """

    @abstractmethod
    def erase_details(self, *, subject_ids: tuple[UUID, ...]) -> int:
        """Delete what entries say about somebody: names, address, values. What was done stays, and who by, as an id.

        Of the tenant in scope, or of all logs if none is. Return how many entries lost their details.

        :param subject_ids: the person's id, and those of what stands for them, such as a membership
        :raises LogUnavailable: if the log is kept elsewhere and can't be reached
        """

    @abstractmethod
    def seal(self) -> int:
        """Seal some of the entries that wait, in the log of the tenant in scope, or in all logs if none is.

        Call it until it returns 0; otherwise it is how many entries were sealed.

        :raises LogUnavailable: if the log is kept elsewhere and can't be reached
        """

    @abstractmethod
    def export_heads(self) -> int:
        """Write the signed heads of logs in which something was sealed lately to where AUDIT_HEADS_URL says.

        Return how many were new.

        :raises LogUnavailable: if the log is kept elsewhere and can't be reached
        """


def _of_shown_days(filters: Filters) -> Filters:
    """Narrow filters to the days that the plan shows. Nothing is deleted: a bigger plan shows it again."""
    days = entitlements().limit(tenant_id=scope.tenant_id(), name="audit.days").limit
    if days is None:
        return filters
    earliest = clock.now() - timedelta(days=days)
    return replace(filters, since=max(filters.since or earliest, earliest))


def audit() -> Audit:
    """Return the configured implementation."""
    return implementation(Audit)


def record_attempt(
    *,
    action: str,
    target_type: str,
    target_id: UUID | None,
    target_label: str = "",
    after: Values | None = None,
) -> None:
    """Add an entry for something that was refused, in a transaction of its own: call it when what was tried is undone.

    The same attempt of the same actor is recorded once in ATTEMPTS_APART, and of all attempts ATTEMPTS_AT_MOST in that
    time, so that nobody can fill the log. See `Audit.record` for the fields.

    :raises KeyError: if no module declared the action
    :raises RuntimeError: if a transaction is open, which might take the entry back
    """
    now, limits = scope.current(), caches["limits"]
    actor = f"{now.tenant_id}:{now.actor.kind}:{now.actor.id or now.address}"
    attempt = sha256(f"{actor}:{action}:{target_id}:{target_label}:{after}".encode()).hexdigest()
    seconds = ATTEMPTS_APART.total_seconds()
    if not limits.add(f"audit-attempt:{attempt}", 1, seconds):
        return
    limits.add(counter := f"audit-attempts:{actor}", 0, seconds)
    try:
        count = limits.incr(counter)
    except ValueError:  # The counter expired just now: this is the first of the next time.
        count = 1
    if count > ATTEMPTS_AT_MOST:
        return
    # Who may only look is recorded too.
    with scope.use(read_only=False), transaction.atomic(durable=True):
        audit().record(
            action=action,
            target_type=target_type,
            target_id=target_id,
            target_label=target_label,
            after=after,
        )
