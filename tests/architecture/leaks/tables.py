"""Which tables hold something of a workspace or of a person."""

from django.apps import apps
from django.db.models import Model

from apps.accounts.models import User
from apps.core.db.isolation import Isolation
from apps.core.db.walls import isolation_of

LAST = {Isolation.TENANTLESS, Isolation.OWN_LOG}


def tenant_models() -> list[type[Model]]:
    """Return the models whose rows belong to tenants. The catalogue test sees to it that tables agree."""
    found = [model for model in apps.get_models(include_auto_created=True) if isolation_of(model)]
    # The audit log and the outbox copy from the others, so they come last when a text's origin is named.
    return sorted(found, key=lambda model: isolation_of(model) in LAST)


def people_models() -> dict[type[Model], str]:
    """Return the models that hold something of a person's own, and the column that says whose."""
    theirs = {
        model: field.attname
        for model in apps.get_models()
        if not isolation_of(model)
        for field in model._meta.concrete_fields
        if field.related_model is User
    }
    return {User: "id"} | theirs


def table_of(model: type[Model]) -> str:
    """Return a tenant table's name with its schema."""
    in_cell = getattr(model._meta.app_config, "placement", "shared") == "cell"
    return f"{'pool' if in_cell else 'public'}.{model._meta.db_table}"


def tenant_column(model: type[Model]) -> str:
    return "id" if model._meta.label == "tenancy.Tenant" else "tenant_id"
