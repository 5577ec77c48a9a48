"""The page where a person tries to break in."""

from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from apps.dev.walls.attempts import STATEMENTS, Attempt, all_attempts
from apps.dev.walls.trial import Answer, try_attempt, try_sql

KINDS = {
    "code": _("Through code"),
    "orm": _("Through the ORM"),
    "product": _("At the product's rows"),
}
LONGEST = 2000


@require_http_methods(["GET", "POST"])
def walls(request: HttpRequest) -> HttpResponse:
    """Offer the attempts; with POST, try one and show what each wall answered."""
    attempts = all_attempts()
    sql = request.POST.get("sql", "").strip()[:LONGEST]
    name = request.POST.get("attempt", "")
    context: dict[str, Any] = {
        "groups": [
            (KINDS[kind], list(group))
            for kind, group in groupby(attempts.values(), key=lambda attempt: attempt.kind)
        ],
        "statements": STATEMENTS,
        "chosen": attempts.get(name),
        "sql": sql or STATEMENTS["read"][1],
        "answers": _answers(attempts.get(name), sql) if request.method == "POST" else [],
    }
    return render(request, "dev/walls.html", context)


def _answers(attempt: Attempt | None, sql: str) -> list[Answer]:
    if sql:
        return try_sql(sql)
    if attempt is None:
        raise Http404
    return try_attempt(attempt)
