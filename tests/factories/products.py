"""Rows of every product module for tests, whichever the project has."""

from importlib import import_module
from typing import Any

from django.conf import settings


def tell(mark: str) -> None:
    """Have each product module add a row to each of its tables, with `mark` in every text that people type."""
    for product in _products():
        product.tell(mark)


def crossing() -> dict[str, str]:
    """Return the modules' commands that work across workspaces, and why."""
    return _said("CROSSING")


def rounds() -> dict[str, str]:
    """Return the modules' tasks that give other workspaces a task each, and why."""
    return _said("ROUNDS")


def _said(constant: str) -> dict[str, str]:
    return {
        name: reason for product in _products() for name, reason in getattr(product, constant, {}).items()
    }


def _products() -> list[Any]:
    return [import_module(f"tests.factories.{name.rpartition('.')[2]}") for name in settings.TENANT_APPS]
