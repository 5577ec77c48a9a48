"""Taking the radar out is rehearsed first; tests/dev/test_first_module.py does it."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command


def test_a_rehearsal_shows_what_would_go(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("removemodule", "radar")

    shown = capsys.readouterr().out
    assert "delete  apps/radar" in shown
    assert "delete  tests/radar" in shown
    assert "radar_signal" in shown
    assert "Nothing was changed" in shown
    assert Path(settings.BASE_DIR, "apps/radar").exists()


def test_only_product_modules_go() -> None:
    with pytest.raises(CommandError, match="no product module"):
        call_command("removemodule", "audit", yes=True)
