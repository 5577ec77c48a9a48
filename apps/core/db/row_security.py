"""Migration operations that put up the first wall. They work in every schema."""

from typing import Any

from django.db import router
from django.db.migrations.operations.base import Operation

TENANT = "(select nullif(current_setting('app.tenant_id', true), '')::uuid)"
USER = "(select nullif(current_setting('app.user_id', true), '')::uuid)"
MIGRATING = "current_setting('app.migrating', true) = 'on'"


class _TableOperation(Operation):
    """An operation on the table of one model, in the schema that is being migrated."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change no model: Django's state does not know about policies."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._run(app_label, schema_editor, to_state, self.forwards)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._run(app_label, schema_editor, from_state, self.backwards)

    def _run(self, app_label: str, schema_editor: Any, state: Any, statements: Any) -> None:
        model = state.apps.get_model(app_label, self.model_name)
        # Every schema replays every app's migrations; only the schema that holds the table has work to do.
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            for statement in statements(schema_editor, model, state):
                schema_editor.execute(statement)

    def forwards(self, schema_editor: Any, model: Any, state: Any) -> list[str]:
        raise NotImplementedError

    def backwards(self, schema_editor: Any, model: Any, state: Any) -> list[str]:
        raise NotImplementedError


def qualified(schema_editor: Any, model: Any) -> str:
    """Return the table's quoted name with its schema: an unqualified one could resolve to `public`."""
    quote = schema_editor.quote_name
    return f"{quote(schema_editor.connection.schema_name)}.{quote(model._meta.db_table)}"


class EnableRowSecurity(_TableOperation):
    """Enable and force row security on a table, with its policies.

    :param column: the column that holds the tenant
    :param own_rows: SQL that is true for rows a person may read in any scope, because the rows are about them
    :param person: the column of the one person who sees and changes a row, once it is added
    :param tenantless: whether a row of no tenant may be added when no tenant is in scope
    """

    def __init__(
        self,
        model_name: str,
        *,
        column: str = "tenant_id",
        own_rows: str = "",
        person: str = "",
        tenantless: bool = False,
    ) -> None:
        super().__init__(model_name)
        self.column, self.own_rows, self.person, self.tenantless = column, own_rows, person, tenantless

    def forwards(self, schema_editor: Any, model: Any, state: Any) -> list[str]:
        table = qualified(schema_editor, model)
        return [
            f"alter table {table} enable row level security, force row level security",
            *(f"create policy {name} on {table} {rule}" for name, rule in self._policies().items()),
        ]

    def backwards(self, schema_editor: Any, model: Any, state: Any) -> list[str]:
        table = qualified(schema_editor, model)
        return [
            *(f"drop policy {name} on {table}" for name in self._policies()),
            f"alter table {table} no force row level security, disable row level security",
        ]

    def _policies(self) -> dict[str, str]:
        mine = f"{self.column} = {TENANT}"
        policies = {
            "platform": "to tenon_platform using (true) with check (true)",
            "migrating": f"to tenon_owner using ({MIGRATING}) with check ({MIGRATING})",
        }
        if self.tenantless:
            policies |= {
                "tenant_reads": f"for select to tenon_app using ({mine})",
                "tenant_adds": f"for insert to tenon_app with check ({self.column} is not distinct from {TENANT})",
            }
        else:
            seen = f"{mine} and {self.person} = {USER}" if self.person else mine
            policies["tenant"] = f"to tenon_app using ({seen}) with check ({mine})"
        if self.own_rows:
            policies["own_rows"] = f"for select to tenon_app using ({self.own_rows})"
        return policies

    def describe(self) -> str:
        return f"Enable row security on {self.model_name}"


class EnableOwnRowSecurity(EnableRowSecurity):
    """Enable and force row security on a table without tenant, whose rows are one person's each.

    :param column: the column that holds the person
    """

    def __init__(self, model_name: str, *, column: str = "user_id") -> None:
        super().__init__(model_name, column=column)

    def _policies(self) -> dict[str, str]:
        mine = f"{self.column} = {USER}"
        policies = super()._policies()
        del policies["tenant"]
        return policies | {"own": f"to tenon_app using ({mine}) with check ({mine})"}


class TenantForeignKeyConstraint(_TableOperation):
    """Make the database key behind a `TenantForeignKey`: `(tenant_id, <column>)` to the parent's `(tenant_id, id)`."""

    def __init__(self, model_name: str, field_name: str) -> None:
        super().__init__(model_name)
        self.field_name = field_name

    def forwards(self, schema_editor: Any, model: Any, state: Any) -> list[str]:
        field = model._meta.get_field(self.field_name)
        quote, parent = schema_editor.quote_name, qualified(schema_editor, field.related_model)
        return [
            f"alter table {qualified(schema_editor, model)} add constraint {quote(self._name(model))} "
            f"foreign key (tenant_id, {quote(field.column)}) references {parent} (tenant_id, id) deferrable"
        ]

    def backwards(self, schema_editor: Any, model: Any, state: Any) -> list[str]:
        name = schema_editor.quote_name(self._name(model))
        return [f"alter table {qualified(schema_editor, model)} drop constraint {name}"]

    def _name(self, model: Any) -> str:
        return f"{model._meta.db_table}_{self.field_name}_same_tenant"

    def describe(self) -> str:
        return f"Keep {self.model_name}.{self.field_name} inside its tenant"


class AllowResolver(_TableOperation):
    """Let the resolvers' role read a table: for SECURITY DEFINER functions that find a tenant by one exact key."""

    def forwards(self, schema_editor: Any, model: Any, state: Any) -> list[str]:
        table = qualified(schema_editor, model)
        return [
            f"grant select on {table} to tenon_resolver",
            f"create policy resolver on {table} for select to tenon_resolver using (true)",
        ]

    def backwards(self, schema_editor: Any, model: Any, state: Any) -> list[str]:
        table = qualified(schema_editor, model)
        return [
            f"drop policy resolver on {table}",
            f"revoke select on {table} from tenon_resolver",  # noqa: S608 - a quoted name
        ]

    def describe(self) -> str:
        return f"Let resolvers read {self.model_name}"


class CreateResolver(Operation):
    """Create a SECURITY DEFINER function that finds a tenant by one exact key, before any tenant is in scope.

    It runs as `tenon_resolver`, which may only read the tables named in `AllowResolver`.

    :param name: the function's name; it is made in `public`
    :param argument: the key's SQL type
    :param columns: what comes out, ids only, for example `tenant_id uuid, invitation_id uuid`
    :param query: a query on schema-qualified tables with `$1` for the key; at most one row is returned
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, name: str, *, argument: str, columns: str, query: str) -> None:
        self.name, self.argument, self.columns, self.query = name, argument, columns, query

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change no model."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if not router.allow_migrate(schema_editor.connection.alias, app_label):
            return
        signature = self._signature()
        for statement in (
            f"create function {signature} returns table ({self.columns}) language sql stable security definer "
            f"set search_path = '' as $resolver$ {self.query} limit 1 $resolver$",
            f"revoke all on function {signature} from public",
            f"grant execute on function {signature} to tenon_app, tenon_platform",
            "grant create on schema public to tenon_resolver",
            f"alter function {signature} owner to tenon_resolver",
            "revoke create on schema public from tenon_resolver",
        ):
            schema_editor.execute(statement)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if router.allow_migrate(schema_editor.connection.alias, app_label):
            schema_editor.execute("set local role tenon_resolver")
            schema_editor.execute(f"drop function {self._signature()}")
            schema_editor.execute("reset role")

    def _signature(self) -> str:
        return f"public.{self.name}({self.argument})"

    def describe(self) -> str:
        return f"Create resolver {self.name}"
