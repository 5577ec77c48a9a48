"""The second wall: no statement on a tenant table is compiled without a scope, whichever manager built it.

Row security is the first wall and answers with no rows. This one answers with an error that names the table.
Building a queryset compiles nothing, so it never raises.
"""

from typing import Any

from django.db.backends.postgresql import compiler  # type: ignore[attr-defined]

from apps.core.db.walls import refuse_unscoped, refuse_write_outside_transaction


class _Walled:
    query: Any
    using: Any

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        compiled = super().as_sql(*args, **kwargs)  # type: ignore[misc]
        refuse_unscoped(self._tables(), writes_new_rows=isinstance(self, SQLInsertCompiler))
        return compiled

    def _tables(self) -> set[str]:
        joined = {table.table_name for table in self.query.alias_map.values()}
        own = {self.query.get_meta().db_table} if self.query.model else set()
        return joined | own


class _WalledWrite(_Walled):
    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        refuse_write_outside_transaction(self._tables(), using=self.using)
        return super().as_sql(*args, **kwargs)


class SQLCompiler(_Walled, compiler.SQLCompiler):
    pass


class SQLAggregateCompiler(_Walled, compiler.SQLAggregateCompiler):
    pass


class SQLInsertCompiler(_WalledWrite, compiler.SQLInsertCompiler):
    pass


class SQLUpdateCompiler(_WalledWrite, compiler.SQLUpdateCompiler):
    pass


class SQLDeleteCompiler(_WalledWrite, compiler.SQLDeleteCompiler):
    pass
