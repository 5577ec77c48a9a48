"""The registry of modules, and the system checks on it."""

from typing import Any

import pytest
from django.apps import apps

from apps.audit.interface import Audit, audit
from apps.core.checks import check_modules, check_placement
from apps.core.modules import implementation, interface_of
from apps.events.interface import Events


class Quiet(Audit):
    """An audit log that keeps nothing."""

    def record_many(self, **_: Any) -> None: ...
    def list_all_entries(self, **_: Any) -> Any: ...
    def list_choices(self) -> Any: ...
    def add(self, **_: Any) -> None: ...
    def list_lines(self, **_: Any) -> Any: ...
    def erase_log(self) -> Any: ...
    def erase_past(self) -> Any: ...
    def erase_details(self, **_: Any) -> Any: ...
    def seal(self) -> Any: ...
    def export_heads(self) -> Any: ...


class Renamed(Events):
    """Events whose parameter has another name than the interface promises."""

    def publish(self, *, happened: Any) -> None: ...  # type: ignore[override]
    def publish_many(self, *, events: Any) -> None: ...


def test_an_interface_is_found_by_its_modules_name() -> None:
    assert interface_of("audit") is Audit


def test_the_implementation_follows_the_setting(settings: Any) -> None:
    assert audit() is implementation(Audit)

    settings.MODULES = settings.MODULES | {"audit": "tests.core.test_modules.Quiet"}

    assert type(audit()).__name__ == "Quiet"


def test_the_house_is_wired_and_placed_well() -> None:
    assert check_modules(None) == check_placement(None) == []


@pytest.mark.parametrize(
    ("module", "path", "fault"),
    [
        ("audit", "apps.audit.local.Missing", "core.E001"),
        ("nothing", "apps.audit.local.LocalAudit", "core.E001"),
        ("events", "apps.audit.local.LocalAudit", "core.E002"),
        ("events", "tests.core.test_modules.Renamed", "core.E003"),
    ],
)
def test_wrong_wiring_is_found(settings: Any, module: str, path: str, fault: str) -> None:
    settings.MODULES = {module: path}

    assert [error.id for error in check_modules(None)] == [fault]


def test_an_app_that_moved_between_shared_and_cells_is_found(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apps.get_app_config("bookshop"), "placement", "shared")
    assert [error.id for error in check_placement(None)] == ["core.E005"]

    settings.SHARED_APPS = [*settings.SHARED_APPS, "tests.bookshop"]
    assert [error.id for error in check_placement(None)] == ["core.E004", "core.E005"]
