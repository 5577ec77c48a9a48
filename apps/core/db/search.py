"""Full-text search of a tenant's rows: the migration operation that prepares a table, and the filter that uses it.

Under row security PostgreSQL uses no index for `@@`, since the operator could leak other tenants' rows through its
errors. So each searchable table has a function, owned by a role that may read just its words, which finds the
tenant's rows by the index. Words are compared without case and accents, and not by the grammar of one language.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from apps.core import scope
from apps.core.db.row_security import TENANT, _TableOperation, qualified

#: Up to so many hits are looked up one by one. More are so frequent that the list meets them on its way.
FEW = 2000
#: Words are frequent, too, if this many of the newest rows hold them. Their hits are not even collected.
FREQUENT, NEWEST = 20, 4000

# Between them stand words; PostgreSQL would take what they join for an address or a file.
MARKS = "'/.@_:', '     '"

# Trusted extensions: an owner of the database may install them, on managed hosts too.
PREPARE = f"""
    create extension if not exists btree_gin with schema public;
    create extension if not exists unaccent with schema public;
    do $prepare$ begin
        if to_regprocedure('public.search_query(text)') is null then
            create text search configuration public.search_words (copy = pg_catalog.simple);
            alter text search configuration public.search_words
                alter mapping for hword_part, word with public.unaccent, pg_catalog.simple;
            alter text search configuration public.search_words drop mapping for hword, asciihword, numhword;
            -- The last word may be unfinished, unless it ends with a quotation mark.
            create function public.search_query(typed text) returns tsquery
            language sql immutable parallel safe as $query$
                select case
                    when right(query, 1) = '''' and right(rtrim(typed), 1) <> '"' then (query || ':*')::tsquery
                    else query::tsquery
                end
                from (select websearch_to_tsquery('public.search_words', translate(typed, {MARKS}))::text) words (query)
            $query$;
            grant execute on function public.search_query(text) to tenon_app, tenon_platform, tenon_search;
        end if;
    end $prepare$;
"""  # noqa: S608 - a constant
FUNCTION = """
    create or replace function {name}(typed text, most integer) returns setof uuid
    language plpgsql stable security definer rows 100
    set search_path = '' set plan_cache_mode = force_custom_plan set enable_seqscan = off as $search$
    declare
        -- Known before the plan is made, so that it fits these words and this tenant.
        own_tenant uuid := {tenant};
        query tsquery := public.search_query(typed);
        rare tsquery;
        looked_at bigint;
        hits uuid[];
    begin
        -- The index reads all places of a word, however few are asked for. Frequent words show in the newest rows.
        if (
            select count(*) = {frequent} from (
                select from (
                    select search from {table} where tenant_id = own_tenant order by id desc limit {newest}
                ) newest
                where search @@ query limit {frequent}
            ) hit
        ) then
            return next null;
            return;
        end if;
        -- Of a phrase the index reads all places of all words. Its rare words alone leave few rows to look at.
        if query::text ~ '^[^|!()]*<[^|!()]*$' then
            with newest as materialized (
                select search from {table} where tenant_id = own_tenant order by id desc limit {newest}
            )
            select string_agg(word, ' & ')::tsquery into rare
            from regexp_split_to_table(query::text, ' (&|<->|<[0-9]+>) ') word
            where (
                select count(*) < {frequent}
                from (select from newest where search @@ word::tsquery limit {frequent}) hit
            );
            if rare is not null then
                select count(*), array_agg(id) filter (where search @@ query) into looked_at, hits
                from (
                    select id, search from {table} where tenant_id = own_tenant and search @@ rare limit 2 * most
                ) candidate;
                if looked_at < 2 * most then
                    return query select unnest(hits) limit most;
                    return;
                end if;
            end if;
        end if;
        return query select id from {table} where tenant_id = own_tenant and search @@ query limit most;
    end $search$;
"""


class CreateSearch(_TableOperation):
    """Make a table searchable: the words of `columns`, their index, and the function that finds rows by them."""

    def __init__(self, model_name: str, columns: Sequence[str]) -> None:
        super().__init__(model_name)
        self.columns = columns

    def forwards(self, schema_editor: Any, model: Any, state: Any) -> list[str]:
        table, quote = qualified(schema_editor, model), schema_editor.quote_name
        schema, function = quote(schema_editor.connection.schema_name), _function(schema_editor, model)
        words = " || ' ' || ".join(quote(column) for column in self.columns)
        return [
            PREPARE,
            f"alter table {table} add column search tsvector not null"
            f" generated always as (to_tsvector('public.search_words', translate({words}, {MARKS}))) stored",
            f"create index {quote(model._meta.db_table + '_search')} on {table} using gin (tenant_id, search)"
            " with (fastupdate = off)",
            f"grant usage on schema {schema} to tenon_search",
            f"grant select (id, tenant_id, search) on {table} to tenon_search",
            f"create policy search on {table} for select to tenon_search using (true)",
            _definition(function, table),
            f"revoke all on function {function}(text, integer) from public",
            f"grant execute on function {function}(text, integer) to tenon_app",
            f"grant create on schema {schema} to tenon_search",
            f"alter function {function}(text, integer) owner to tenon_search",
            f"revoke create on schema {schema} from tenon_search",
        ]

    def backwards(self, schema_editor: Any, model: Any, state: Any) -> list[str]:
        table, function = qualified(schema_editor, model), _function(schema_editor, model)
        return [
            "set local role tenon_search",
            f"drop function {function}(text, integer)",
            "reset role",
            f"drop policy search on {table}",
            f"revoke select (id, tenant_id, search) on {table} from tenon_search",  # noqa: S608 - a quoted name
            f"alter table {table} drop column search",
        ]

    def describe(self) -> str:
        return f"Make {self.model_name} searchable"


class RenewSearch(_TableOperation):
    """Put the present function in the place of the one that an older `CreateSearch` made."""

    def forwards(self, schema_editor: Any, model: Any, state: Any) -> list[str]:
        schema = schema_editor.quote_name(schema_editor.connection.schema_name)
        return [
            f"grant create on schema {schema} to tenon_search",
            "set local role tenon_search",
            _definition(_function(schema_editor, model), qualified(schema_editor, model)),
            "reset role",
            f"revoke create on schema {schema} from tenon_search",
        ]

    def backwards(self, schema_editor: Any, model: Any, state: Any) -> list[str]:
        return []  # whoever called the old one can call this one

    def describe(self) -> str:
        return f"Renew the search of {self.model_name}"


def _definition(function: str, table: str) -> str:
    return FUNCTION.format(name=function, table=table, tenant=TENANT, frequent=FREQUENT, newest=NEWEST)


def _function(schema_editor: Any, model: Any) -> str:
    quote = schema_editor.quote_name
    return f"{quote(schema_editor.connection.schema_name)}.{quote(_name(model))}"


def _name(model: Any) -> str:
    return f"{model._meta.db_table}_search"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What rows are narrowed to: SQL that finds ids by an index, and an expression that is true for such a row.

    A null among the ids says that there are too many to collect.
    """

    ids: str
    parameters: Sequence[Any]
    holds: Any


def search(rows: QuerySet[Any], typed: str) -> QuerySet[Any]:
    """Keep the rows that hold the words that somebody typed, or is typing: the last one may be unfinished.

    `"…"` finds words in this order, `or` either of two, and `-` rows without a word. Asks the database at once.

    :param rows: of the tenant in scope, of a model with `CreateSearch` in its migrations
    """
    return narrow(rows, [words(rows.model, typed)])


def words(model: Any, typed: str) -> Condition:
    """Return the condition that `search` narrows to, for `narrow` to join it with others."""
    return Condition(
        ids=f"select {_name(model)}(%s, {FEW + 1})",
        parameters=[typed],
        # A null, since PostgreSQL's guess of how many rows hold a phrase could make it read and sort all of them.
        holds=RawSQL(  # noqa: S611 - the table's name is the model's
            f'nullif("{model._meta.db_table}".search @@ public.search_query(%s), false) is not null',
            [typed],
            BooleanField(),
        ),
    )


def narrow(rows: QuerySet[Any], conditions: Sequence[Condition]) -> QuerySet[Any]:
    """Keep the rows for which all conditions hold. Asks the database at once, one question for all of them.

    What few rows meet is looked up; what many meet is tested row by row, on the way through the list's order.

    :param rows: of the tenant in scope
    """
    few = _few(conditions)
    looked_up = [set(ids) for ids in few if ids is not None]
    if looked_up:
        rows = _among(rows, set.intersection(*looked_up))
    return rows.filter(
        *(condition.holds for condition, ids in zip(conditions, few, strict=True) if ids is None)
    )


def _few(conditions: Sequence[Condition]) -> list[list[str] | None]:
    """Return for each condition the ids of the rows that meet it, or None if those are many."""
    scope.tenant_id()
    parameters = [parameter for condition in conditions for parameter in condition.parameters]
    with connection.cursor() as cursor:
        # As one text: a thousand UUIDs are slow to read and to write again.
        questions = ", ".join(
            f"array_to_string(array({condition.ids} limit {FEW + 1}), ' ', 'null')"
            for condition in conditions
        )
        cursor.execute(f"select {questions}", parameters)
        answers = [ids.split() for ids in cursor.fetchone()]
    return [None if len(ids) > FEW or "null" in ids else ids for ids in answers]


def _among(rows: QuerySet[Any], ids: Iterable[str]) -> QuerySet[Any]:
    """Keep the rows with these ids: one parameter, however many there are."""
    table, listed = rows.model._meta.db_table, f"{{{','.join(ids)}}}"
    return rows.filter(RawSQL(f'"{table}".id = any(%s::uuid[])', [listed], BooleanField()))  # noqa: S611 - the model's
