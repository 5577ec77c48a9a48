"""Cursors that bring the scope along."""

from collections.abc import Callable
from typing import Any

from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from psycopg import Cursor, ServerCursor

from apps.core.errors import ApplicationError


class ScopeChanged(ApplicationError):
    """A server-side cursor was read in another scope than the one it was opened in."""

    code = "scope_changed"
    status = 500
    message = "This cursor was opened in another scope. Read it to its end inside the scope that opened it."


class _Scoped:
    """Sends the scope before each statement; see `DatabaseWrapper.in_scope`."""

    db: Any
    cursor: Any
    _opened_in: tuple[str, ...] | None = None

    def _execute(self, *args: Any) -> Any:
        return self._within_scope(super()._execute, *args)  # type: ignore[misc]

    def _executemany(self, *args: Any) -> Any:
        return self._within_scope(super()._executemany, *args)  # type: ignore[misc]

    def callproc(self, *args: Any, **kwargs: Any) -> Any:
        return self._within_scope(super().callproc, *args, **kwargs)  # type: ignore[misc]

    def _within_scope(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        with self.db.in_scope():
            self._opened_in = self.db.scope_settings()
            return method(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name in ("copy", "stream"):
            raise NotImplementedError(f"cursor.{name}() would run outside the scope. Use execute().")
        if name.startswith("fetch"):
            self._refuse_foreign_read()
        return super().__getattr__(name)  # type: ignore[misc]

    def __iter__(self) -> Any:
        self._refuse_foreign_read()
        return super().__iter__()  # type: ignore[misc]

    def _refuse_foreign_read(self) -> None:
        # The rows of a client-side cursor are already here; a server-side one computes them as they are fetched.
        if isinstance(self.cursor, ServerCursor) and self._opened_in != self.db.scope_settings():
            raise ScopeChanged


class PlannedCursor(Cursor[Any]):
    """A psycopg cursor whose statements the session parses and plans once, and then runs by name."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        return super().execute(query, params, **options | {"prepare": True})


class ScopedCursor(_Scoped, CursorWrapper):
    """Django's cursor, in scope."""


class ScopedDebugCursor(_Scoped, CursorDebugWrapper):
    """Django's logging cursor, in scope."""
