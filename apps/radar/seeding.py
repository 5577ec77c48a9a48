"""Filling a workspace with made-up signals, by the hundred thousand: for benchmarks, not for people.

The rows are made inside the database, in the workspace's scope, and row security checks each of them. They are
neither recorded nor told.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from apps.core import clock, scope
from apps.radar.models import Attribute, Competitor

#: So many rows go into one transaction.
BATCH = 50_000
#: So many batches are made at a time. One alone keeps one core of the database busy, and no more.
WORKERS = 2
COMPETITORS = 50
#: Over so many days, back from today, the signals are spread.
DAYS = 730

#: Each attribute's name, kind, choices, the share of signals that have it in percent, and a value in SQL.
ATTRIBUTES: list[tuple[str, Attribute.Kind, list[str], int, str]] = [
    ("Region", Attribute.Kind.CHOICE, ["EMEA", "Americas", "APAC", "Antarctica"], 70,
     "case when n %% 5000 = 0 then 'Antarctica' else (array['EMEA', 'Americas', 'APAC'])[1 + n / 11 %% 3] end"),
    ("Deal size", Attribute.Kind.NUMBER, [], 70, "(n * 7919::bigint %% 100000) / 8.0"),
    ("Owner", Attribute.Kind.TEXT, [], 20, "'Person ' || n %% 500"),
    ("Decision on", Attribute.Kind.DATE, [], 10, "date '2026-01-01' + (n %% 365)::int"),
    ("Confirmed", Attribute.Kind.YES_NO, [], 10, "n %% 4 = 0"),
]  # fmt: skip
COLUMNS = {"choice": "text", "text": "text", "number": "number", "date": "day", "yes_no": "flag"}

# Words of all frequencies: one in every third title, in each thousandth, in some hundreds, in one alone.
# Ids are of version 7, made of the time that the signal was seen.
SIGNALS = """
    with moment as materialized (
        select n, %(now)s - (%(rows)s - n) * (%(days)s * interval '1 day' / %(rows)s) as seen_at
        from generate_series(%(first)s::int, %(last)s::int) n
    ), made as materialized (
        select n, seen_at, overlay(gen_random_uuid()::text placing left(ms, 8) || '-' || right(ms, 4) || '-7'
                                   from 1 for 15)::uuid as id
        from moment, lateral (select lpad(to_hex((extract(epoch from seen_at) * 1000)::bigint), 12, '0')) hex (ms)
    ), signals as (
        insert into radar_signal (id, tenant_id, competitor_id, title, source_url, kind, importance, seen_at,
                                  created_at, attributes)
        select id, %(tenant)s, (%(competitors)s::uuid[])[1 + n %% %(number)s],
               (array['Price', 'Launch', 'Funding'])[1 + n %% 3] || ' of product' || n * 7919::bigint %% 1000
                   || ' in city' || floor(2000 * random() ^ 3) || ', ref' || n,
               '', (array['price', 'product', 'hiring', 'funding', 'press'])[1 + n %% 5], 1 + n / 7 %% 3,
               seen_at, seen_at,
               jsonb_strip_nulls(jsonb_build_object({copies}))
        from made
    )
    insert into radar_attributevalue (id, tenant_id, attribute_id, signal_id, text, number, day, flag)
    {values}
"""
VALUES = (
    "select gen_random_uuid(), %(tenant)s, '{id}'::uuid, id, {columns} from made where n %% 100 < {share}"
)


def fill(rows: int) -> Iterator[int]:
    """Add made-up signals, with competitors and attributes, to the workspace in scope, in batches.

    :return: how many rows there are, after each batch
    """
    with transaction.atomic():
        competitors = _competitors()
        statement = _statement(_attributes())
    common: dict[str, Any] = {
        "tenant": scope.tenant_id(),
        "competitors": competitors,
        "number": len(competitors),
        "rows": rows,
        "now": clock.now(),
        "days": DAYS,
    }
    batches = [
        common | {"first": first, "last": min(first + BATCH - 1, rows)} for first in range(1, rows + 1, BATCH)
    ]
    done = 0
    with ThreadPoolExecutor(WORKERS) as workers:
        jobs = [workers.submit(copy_context().run, _add, statement, batch) for batch in batches]
        for job in as_completed(jobs):
            done += job.result()
            yield done


def _add(statement: str, batch: dict[str, Any]) -> int:
    """Add a batch in a transaction, and return how many rows it has."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, batch)
    finally:
        connection.close()  # the worker's own
    return int(batch["last"] - batch["first"] + 1)


def _competitors() -> list[UUID]:
    made = Competitor.objects.bulk_create(Competitor(name=f"Company {n}") for n in range(1, COMPETITORS + 1))
    return [competitor.id for competitor in made]


def _attributes() -> list[Attribute]:
    return Attribute.objects.bulk_create(
        Attribute(
            name=name, slug=name.lower().replace(" ", "-"), kind=kind, choices=choices, position=position
        )
        for position, (name, kind, choices, _share, _value) in enumerate(ATTRIBUTES)
    )


def _statement(attributes: list[Attribute]) -> str:
    made = list(zip(attributes, ATTRIBUTES, strict=True))
    copies = ", ".join(
        f"'{attribute.id}', case when n %% 100 < {share} then {value} end"
        for attribute, (_name, _kind, _choices, share, value) in made
    )
    values = " union all ".join(
        VALUES.format(id=attribute.id, share=share, columns=_columns(kind, value))
        for attribute, (_name, kind, _choices, share, value) in made
    )
    return SIGNALS.format(copies=copies, values=values)


def _columns(kind: Attribute.Kind, value: str) -> str:
    own = COLUMNS[kind]
    compared = f"lower({value})" if own == "text" else value
    types = {"text": "text", "number": "float", "day": "date", "flag": "boolean"}
    return ", ".join(compared if name == own else f"null::{type_}" for name, type_ in types.items())
