"""Modules stay apart in what a linter can't see; each rule is shown to find a planted breach."""

import ast
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.test.utils import isolate_apps

from apps.core.modules import interface_of
from apps.events.interface import Event
from tests.architecture.boundaries import (
    foreign_key_faults,
    get_model_faults,
    interface_faults,
    is_wire_safe,
    name_faults,
    way_out_faults,
)

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "apps").rglob("*.py"))
FOLDERS = ("apps", "config", "tests", "templates", "static")


def test_foreign_keys_stay_inside_their_module() -> None:
    assert foreign_key_faults(apps.get_models(include_auto_created=True)) == []


@isolate_apps("apps.audit", "apps.tenancy")
def test_a_foreign_key_into_another_module_is_found() -> None:
    class Invoice(models.Model):
        invitation = models.ForeignKey("tenancy.Invitation", models.CASCADE)

        class Meta:
            app_label = "audit"

    class Invitation(models.Model):
        class Meta:
            app_label = "tenancy"

    Invoice.__module__ = "apps.audit.models"
    assert foreign_key_faults([Invoice]) == ["audit.Invoice.invitation points at tenancy.Invitation."]


def test_no_module_reaches_for_a_model_by_name() -> None:
    assert [fault for path in SOURCES for fault in get_model_faults(path)] == []


def test_reaching_for_a_model_by_name_is_found(tmp_path: Path) -> None:
    planted = tmp_path / "services.py"
    planted.write_text("from django.apps import apps\nTenant = apps.get_model('tenancy', 'Tenant')\n")

    assert len(get_model_faults(planted)) == 1


def test_other_servers_are_called_in_one_place() -> None:
    the_place, not_us = (
        ROOT / "apps" / "core" / "outgoing",
        ROOT / "apps" / "billing" / "emulator",
    )  # plays Stripe
    elsewhere = [
        path for path in SOURCES if not path.is_relative_to(the_place) and not path.is_relative_to(not_us)
    ]

    assert [fault for path in elsewhere for fault in way_out_faults(path)] == []


def test_another_way_out_is_found(tmp_path: Path) -> None:
    planted = tmp_path / "services.py"
    planted.write_text("import httpx\nfrom urllib.request import urlopen\nfrom urllib.parse import quote\n")

    assert len(way_out_faults(planted)) == 2


def test_names_say_what_is_inside() -> None:
    files = [
        path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts
    ]

    assert name_faults(files) == []


def test_a_vague_name_is_found() -> None:
    assert len(name_faults([Path("apps/audit/utils.py"), Path("apps/common")])) == 2


@pytest.mark.parametrize("module", settings.MODULES)
def test_interfaces_can_cross_a_wire(module: str) -> None:
    assert interface_faults(interface_of(module)) == []


def test_an_interface_that_can_not_is_found() -> None:
    @dataclass
    class Mutable:
        id: UUID

    class Planted(ABC):
        @abstractmethod
        def positional(self, tenant_id: UUID) -> None:
            """Take an argument by position."""

        @abstractmethod
        def model(self, *, user: models.Model) -> None:
            """Take a model."""

        @abstractmethod
        def mutable(self) -> Mutable:
            """Return what can be changed."""

        @abstractmethod
        def silent(self) -> None: ...

    assert len(interface_faults(Planted)) == 4


def every_event(base: type[Event] = Event) -> list[type[Event]]:
    """Every event that can be published: the leaves beneath the base."""
    # `slots=True` makes a second class of the same name; the module holds the one that is used.
    kinds = [
        kind
        for kind in base.__subclasses__()
        if kind.__module__.startswith("apps.")
        and getattr(sys.modules[kind.__module__], kind.__name__) is kind
    ]
    return [leaf for kind in kinds for leaf in every_event(kind) or [kind]]


def event_faults(event: type[Event]) -> list[str]:
    """What keeps an event from being published under its module's name, and read elsewhere."""
    module = event.__module__.split(".")[1]
    return [
        fault
        for fault, holds in {
            "its name does not begin with its module's": event.event_name.startswith(f"{module}."),
            "it lacks its aggregate's id": event.aggregate_field in event.__dataclass_fields__,
            "it can't cross a wire": is_wire_safe(event),
        }.items()
        if not holds
    ]


@pytest.mark.parametrize("event", every_event(), ids=lambda event: event.__name__)
def test_events_are_named_frozen_and_can_cross_a_wire(event: type[Event]) -> None:
    assert event_faults(event) == []


def test_an_event_that_is_not_is_found() -> None:
    @dataclass
    class Planted:
        event_name = "radar.something.happened"
        aggregate_field = "something_id"
        row: models.Model

    assert len(event_faults(Planted)) == 3  # type: ignore[arg-type]


def apps_file_faults(source: str) -> list[str]:
    """What stands at the top of an apps.py besides imports, classes, functions and the docstring."""
    return [
        ast.unparse(node)
        for node in ast.parse(source).body
        if not isinstance(node, ast.Import | ast.ImportFrom | ast.ClassDef | ast.FunctionDef)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if path.name == "apps.py"], ids=lambda path: path.parent.name
)
def test_an_apps_file_registers_and_does_nothing_else(path: Path) -> None:
    assert apps_file_faults(path.read_text()) == []


def test_an_apps_file_that_does_more_is_found() -> None:
    assert apps_file_faults("import os\nos.getcwd()\nLIMIT = 3\n") == ["os.getcwd()", "LIMIT = 3"]
