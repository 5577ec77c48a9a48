"""Our database backend: PostgreSQL with schemas (django-tenants), and the scope pulled before every statement."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db.utils import Error, ProgrammingError
from django_tenants.postgresql_backend import base
from django_tenants.utils import quote_schema_name
from psycopg.pq import TransactionStatus

from apps.core import scope
from apps.core.db.backend.cursor import PlannedCursor, ScopedCursor, ScopedDebugCursor
from apps.core.db.backend.operations import DatabaseOperations
from apps.core.db.session import refuse_privileged_login

PUBLIC = "public"
# `none` means the login itself: only `migrate` logs in as the owner, and the app's own login may do nothing.
DATABASE_ROLES = {"app": "tenon_app", "platform": "tenon_platform", "owner": "none"}
SETTINGS = ("role", "search_path", "app.tenant_id", "app.user_id", "app.migrating")
# A transaction can become read-only, and not writable again.
READ_ONLY = "case %s when 'on' then set_config('transaction_read_only', 'on', true) end"
SEND_SCOPE = {
    is_local: "select "
    + ", ".join([*(f"set_config('{name}', %s, {is_local})" for name in SETTINGS), READ_ONLY])
    for is_local in ("true", "false")
}


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._sent: tuple[str, ...] | None = None
        self._sent_for_now = False  # for the open transaction alone
        super().__init__(*args, **kwargs)

    # The scope decides; django-tenants' setters would be a second truth.

    @property
    def schema_name(self) -> str:
        """The schema of the present scope; django-tenants' router and introspection ask for it."""
        return scope.current().cell or PUBLIC

    @schema_name.setter
    def schema_name(self, value: str | None) -> None:
        if value not in (None, PUBLIC):
            raise ProgrammingError("The schema follows the scope: enter one with apps.core.scope.")

    def set_tenant(self, tenant: Any, include_public: bool = True) -> None:
        self.schema_name = tenant.schema_name

    def _handle_search_path(self, cursor: Any = None) -> None:
        """Do nothing when a cursor is made: the scope is sent when a statement is executed."""

    # Every statement passes here (see cursor.py).

    @contextmanager
    def in_scope(self) -> Iterator[None]:
        """Run one statement under the present scope, sending it first if the session holds another."""
        if self._is_local and not self.in_atomic_block and self.get_autocommit():
            self._forget_scope()
            with self.connection.transaction():
                self._send_scope(is_local="true")
                yield
            self._forget_scope()
        else:
            self._send_scope(is_local="true" if self._is_local else "false")
            yield

    def scope_settings(self) -> tuple[str, ...]:
        """Return what the database session must hold for the present scope, in the order of SETTINGS.

        The last says whether it only reads.
        """
        now = scope.current()
        path = f"{quote_schema_name(now.cell)}, {PUBLIC}" if now.cell and now.cell != PUBLIC else PUBLIC
        return (
            DATABASE_ROLES[now.role],
            path,
            str(now.tenant_id or ""),
            str(now.user_id or ""),
            "on" if now.role == "owner" else "",
            "on" if now.read_only else "",
        )

    def _send_scope(self, *, is_local: str) -> None:
        wanted = self.scope_settings()
        if wanted == self._sent:
            return
        # An aborted transaction takes no statement but the rollback, after which we send again.
        if self.connection.info.transaction_status == TransactionStatus.INERROR:
            return
        self._sent = None
        with self.wrap_database_errors:
            self.connection.execute(SEND_SCOPE[is_local], wanted)
        self._sent, self._sent_for_now = wanted, is_local == "true"

    def is_usable(self) -> bool:
        """Tell whether the session still answers. The scope, which must be sent anyway, is the question."""
        if self._is_local or self.connection is None:
            return super().is_usable()
        self._forget_scope()
        try:
            self._send_scope(is_local="false")
        except Error:
            return False
        return self._sent is not None  # nothing is sent in an aborted transaction

    @property
    def _transaction_pooling(self) -> bool:
        return settings.DB_POOLING == "transaction"

    @property
    def _is_local(self) -> bool:
        """Whether each transaction is told the scope anew: one that only reads is told so for itself alone."""
        return self._transaction_pooling or scope.current().read_only

    # PostgreSQL takes settings back when the transaction or savepoint that made them is rolled back.

    def _forget_scope(self) -> None:
        self._sent = None

    def connect(self) -> None:
        self._forget_scope()
        super().connect()

    def close(self) -> None:
        self._forget_scope()
        super().close()

    def _rollback(self) -> Any:
        self._forget_scope()
        return super()._rollback()

    def _savepoint_rollback(self, sid: str) -> None:
        try:
            super()._savepoint_rollback(sid)
        finally:
            self._forget_scope()

    def _commit(self) -> Any:
        if self._sent_for_now:
            self._forget_scope()
        return super()._commit()

    def _set_autocommit(self, autocommit: bool) -> None:
        if self._is_local:
            self._forget_scope()
        super()._set_autocommit(autocommit)

    def init_connection_state(self) -> None:
        super().init_connection_state()
        if scope.current().role != "owner":
            refuse_privileged_login(self.connection)

    def planned_cursor(self) -> Any:
        """Return a cursor for statements that come again and again: the session plans them once.

        Behind a pool that gives each transaction another session, it is a cursor like any other.
        """
        if self._transaction_pooling:
            return self.cursor()
        self.close_if_health_check_failed()
        self.ensure_connection()
        return self._prepare_cursor(PlannedCursor(self.connection))

    def make_cursor(self, cursor: Any) -> ScopedCursor:
        return ScopedCursor(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> ScopedDebugCursor:
        return ScopedDebugCursor(cursor, self)
