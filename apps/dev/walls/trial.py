"""Runs an attempt before each wall, and says what the wall answered."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.core import scope
from apps.core.db.walls import TenantScopeMissing
from apps.core.errors import ApplicationError
from apps.dev.walls.attempts import Attempt
from apps.dev.walls.stage import Stage, built
from apps.tenancy.models import Role

MOST_ROWS = 5  # are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one wall said. `held` tells whether it kept the attempt out."""

    wall: Any
    held: bool
    by: str
    detail: str


def try_attempt(attempt: Attempt) -> list[Answer]:
    """Try it as the application runs, then before each wall alone, then with none."""
    with built() as stage:
        now = stage.mine if attempt.scoped else scope.Scope(cell=stage.mine.cell)
        # The platform's policy lets every row through: what there would be without row security.
        unwalled = replace(now, role="platform")
        answers = [_answer(gettext_lazy("As the application runs"), now, stage, lambda: attempt.run(stage))]
        if attempt.reads is not None:
            rows = attempt.reads(stage)
            answers.append(_scope_wall(now, rows))
            answers.append(
                _answer(
                    gettext_lazy("Row security alone"), now, stage, lambda: _past_the_scope_wall(stage, rows)
                )
            )
        answers.append(
            _answer(gettext_lazy("Without row security"), unwalled, stage, lambda: attempt.run(stage))
        )
    return answers


def try_sql(statement: str) -> list[Answer]:
    """Try one statement as the application's role in one's own workspace, then as the platform."""
    with built() as stage:
        statement = statement.replace("{theirs}", str(stage.their_tenant_id))
        as_platform = replace(stage.mine, role="platform")
        return [
            _answer(gettext_lazy("As the application runs"), stage.mine, stage, lambda: _run_sql(statement)),
            _answer(gettext_lazy("Without row security"), as_platform, stage, lambda: _run_sql(statement)),
        ]


def _scope_wall(now: scope.Scope, rows: Any) -> Answer:
    """Compile the query, which is all that this wall looks at."""
    wall = gettext_lazy("The scope wall alone")
    try:
        with scope.activate(now):
            rows.all().query.get_compiler("default").as_sql()
    except TenantScopeMissing as error:
        return Answer(wall=wall, held=True, by=_wall_of(error), detail=str(error))
    return Answer(wall=wall, held=False, by="", detail=_("A tenant is in scope, so it lets the query pass."))


def _past_the_scope_wall(stage: Stage, rows: Any) -> list[Any]:
    """Compile the query where the scope wall is content, and run it where the attempt runs."""
    with scope.activate(stage.mine):
        sql, parameters = rows.all().query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def _run_sql(statement: str) -> Any:
    """Run one statement that reads or writes rows. PREPARE takes no other, so none can end the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("deallocate all")
        # A binary answer is asked for by the protocol that takes one statement at a time.
        with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as plain:
            plain.execute(f"prepare attempt as {statement}".encode(), binary=True)
        cursor.execute("execute attempt")
        return cursor.fetchall() if cursor.description else cursor.rowcount


def _answer(wall: Any, now: scope.Scope, stage: Stage, act: Callable[[], Any]) -> Answer:
    try:
        with scope.activate(now), transaction.atomic():
            outcome = act()
            told = _told(outcome)
            held = not (isinstance(outcome, Model) or "Theirs" in told or _is_harmed(stage))
            transaction.set_rollback(True)
    except (ApplicationError, DatabaseError) as error:
        return Answer(wall=wall, held=True, by=_wall_of(error), detail=str(error).partition("\n")[0])
    return Answer(wall=wall, held=held, by="", detail=told)


def _is_harmed(stage: Stage) -> bool:
    with scope.activate(replace(stage.mine, role="platform")):
        return not Role.objects.filter(id=stage.their_role.id, name=stage.their_role.name).exists()


def _told(outcome: Any) -> str:
    match outcome:
        case int():
            return ngettext("%(count)s row touched", "%(count)s rows touched", outcome) % {"count": outcome}
        case Model():
            return _("A row of theirs was made or changed: %(row)s") % {"row": outcome}
        case []:
            return _("No rows")
        case list():
            return _listed([_line(row) for row in outcome])
    return str(outcome)


def _listed(lines: list[str]) -> str:
    """Show the rows of the two workspaces first; the development data around them is of no interest."""
    lines.sort(key=lambda line: not ("Theirs" in line or "Yours" in line))
    more = len(lines) - MOST_ROWS
    return "\n".join(lines[:MOST_ROWS] + ([_("and %(count)s more") % {"count": more}] if more > 0 else []))


def _line(row: Any) -> str:
    return " | ".join(map(str, row)) if isinstance(row, tuple) else str(row)


def _wall_of(error: Exception) -> Any:
    """Name the wall that an error comes from."""
    match error:
        case TenantScopeMissing():
            return gettext_lazy("The scope wall")
        case IntegrityError():
            return gettext_lazy("The foreign key with the tenant")
        case DatabaseError() if "row-level security" in str(error):
            return gettext_lazy("Row security")
        case DatabaseError() if "permission denied" in str(error):
            return gettext_lazy("Grants")
        case ApplicationError():
            return gettext_lazy("The service, to which the row is not there")
    return gettext_lazy("PostgreSQL")
