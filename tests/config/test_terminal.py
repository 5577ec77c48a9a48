"""What `make dev` prints on a terminal."""

import re
from typing import Any

import pytest

from config.dev.terminal import Terminal


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    return Terminal()


def test_each_process_has_a_colour_of_its_own(terminal: Terminal, capsys: Any) -> None:
    for name in ("web", "relay", "beat", "worker", "bulk", "web"):
        terminal.log(name, "Ready.")

    lines = capsys.readouterr().out.splitlines()
    colours = [re.match(r"\x1b\[(\d+)m", line) for line in lines]
    assert all(colours)
    *others, again = [found[1] for found in colours if found]
    assert len(set(others)) == 5
    assert again == others[0]


def test_without_a_terminal_there_is_none(terminal: Terminal, capsys: Any) -> None:
    terminal.colourful = False
    terminal.log("web", "Ready.")

    assert capsys.readouterr().out == "web     | Ready.\n"
