"""Putting what a service refused back onto the form that asked."""

from django import forms

from apps.core.errors import ApplicationError


def add_errors(form: forms.BaseForm, error: ApplicationError) -> None:
    """Show an error on a bound form: beside its fields, and what fits no field above them."""
    for name, messages in error.fields.items():
        for message in messages:
            form.add_error(name if name in form.fields else None, message)
    if not error.fields:
        form.add_error(None, str(error.message))
