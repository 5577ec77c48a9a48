"""What forms of all modules share."""

from django import forms
from django.apps import apps
from django.conf import settings
from django.forms.boundfield import BoundWidget
from django.utils.translation import gettext_lazy as _

from apps.core.errors import ApplicationError


def add_errors(form: forms.BaseForm, error: ApplicationError) -> None:
    """Show an error on a bound form: beside its fields, and what fits no field above them."""
    for name, messages in error.fields.items():
        for message in messages:
            form.add_error(name if name in form.fields else None, message)
    if not error.fields:
        form.add_error(None, str(error.message))


def by_module(permissions: forms.BoundField) -> dict[str, list[BoundWidget]]:
    """Return a field's check boxes, one for each permission: those of each product module, then of the workspace."""
    products = {
        config.label: config.verbose_name
        for config in apps.get_app_configs()
        if config.name in settings.TENANT_APPS
    }
    found: dict[str, list[BoundWidget]] = {str(name): [] for name in [*products.values(), _("Workspace")]}
    for box in permissions:
        module = box.data["value"].split(".")[0]
        found[str(products.get(module, _("Workspace")))].append(box)
    return {name: boxes for name, boxes in found.items() if boxes}
