"""A command keeps to the workspace it is told, or is said to cross them."""

from tests.architecture.leaks import commands
from tests.architecture.leaks.attack import Siege

COMMANDS = commands.find()


def test_a_command_keeps_to_its_tenant(siege: Siege) -> None:
    ours = COMMANDS.keys() - commands.declared().keys()

    assert [fault for name in sorted(ours) for fault in commands.faults(siege, name, COMMANDS[name])] == []


def test_what_is_said_to_cross_is_there_and_takes_no_tenant() -> None:
    needless = [
        name for name in commands.declared() if name not in COMMANDS or commands.takes_tenant(COMMANDS[name])
    ]

    assert needless == [], "Take these out of CROSSING in tests/architecture/leaks/exemptions.py."
