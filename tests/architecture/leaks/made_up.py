"""Rows of made-up values, for tenant tables that no module tells of."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, models, transaction

from apps.accounts.models import User
from apps.core import scope
from apps.core.ids import new_id
from tests.architecture.leaks.tables import tenant_column, tenant_models

#: A value for each kind of column, the special kinds first. Numbers are 1.
MADE_UP: dict[Any, Any] = {
    models.EmailField: "{name}-{mark}@example.com",
    models.URLField: "https://{mark}.example/{name}",
    models.CharField: "{mark}-{name}",
    models.TextField: "{mark}-{name}",
    models.DateTimeField: datetime(2026, 1, 31, 12, tzinfo=UTC),
    models.DateField: date(2026, 1, 31),
    models.BooleanField: False,
    models.JSONField: {},
    models.BinaryField: b"",
}


def fill_empty_tables(*, tenant_id: UUID, user_id: UUID, mark: str) -> None:
    """Give each empty tenant table a row; one that takes none of made-up values stays empty."""
    with scope.use(role="platform", tenant_id=tenant_id, cell="pool"):
        waiting = [model for model in tenant_models() if not _first(model, tenant_id)]
        # Parents before children, in as many rounds as there are generations.
        while made := [model for model in waiting if _makes_row(model, tenant_id, user_id, mark)]:
            waiting = [model for model in waiting if model not in made]


def _makes_row(model: type[models.Model], tenant_id: UUID, user_id: UUID, mark: str) -> bool:
    values = {
        field.attname: _value(field, tenant_id, user_id, mark)
        for field in model._meta.concrete_fields
        if not (field.has_default() or field.null or field.auto_created)
    }
    try:
        with transaction.atomic():
            model._base_manager.create(**values)
    except IntegrityError:
        return False
    return True


def _value(field: Any, tenant_id: UUID, user_id: UUID, mark: str) -> Any:
    if isinstance(field, models.ForeignKey):
        return user_id if field.related_model is User else _first(field.related_model, tenant_id)
    if field.choices:
        return next(value for value, _label in field.flatchoices)
    if isinstance(field, models.UUIDField):
        return new_id()
    made = next((value for kind, value in MADE_UP.items() if isinstance(field, kind)), 1)
    return (
        made.format(mark=mark, name=field.name)[: field.max_length or 100] if isinstance(made, str) else made
    )


def _first(model: type[models.Model], tenant_id: UUID) -> Any:
    rows = model._base_manager.filter(**{tenant_column(model): tenant_id})
    return rows.order_by("pk").values_list("pk", flat=True).first()
