"""config/bootstrap.py: one sentence when something is in the way, and no second installation."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config import bootstrap
from config.embedded.place import server_user

SOURCE = Path(bootstrap.__file__)


def test_an_old_python_is_told_which_one_to_choose(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    monkeypatch.setattr(bootstrap, "runs", lambda name: name == "python3.12")

    with pytest.raises(SystemExit) as stopped:
        bootstrap.check_python()

    assert stopped.value.code == 1
    said = capsys.readouterr().err
    assert said == (
        "This needs Python 3.11 or newer, and this is 3.9. Choose it like this: PYTHON=python3.12 make dev\n"
    )


def test_an_old_python_understands_the_file() -> None:
    """Else it would answer with a syntax error."""
    ast.parse(SOURCE.read_text(), feature_version=(3, 6))


def test_a_folder_that_cannot_be_written_gets_one_sentence(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    (checkout / "config").mkdir(parents=True)
    shutil.copy(SOURCE, checkout / "config")
    for folder in (*tmp_path.parents[:3], tmp_path, checkout, checkout / "config"):
        if folder.owner() == tmp_path.owner() and folder != Path("/tmp"):  # noqa: S108
            folder.chmod(0o555 if folder.is_relative_to(checkout) else 0o755)

    # Root may write anywhere, so root asks as the user that runs the embedded servers.
    python = shutil.which("python3", path=os.defpath) or sys.executable
    done = subprocess.run(
        [python, checkout / "config" / "bootstrap.py"],
        capture_output=True,
        text=True,
        check=False,
        **server_user(),
    )
    checkout.chmod(0o755)

    assert done.returncode == 1
    assert done.stderr.startswith(f"Nothing can be written to {checkout}")
    assert len(done.stderr.strip().splitlines()) == 1


def test_packages_are_installed_again_only_when_the_lock_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, stamp, python = (tmp_path / name for name in ("lock", "stamp", "python"))
    monkeypatch.setattr(bootstrap, "LOCK", str(lock))
    monkeypatch.setattr(bootstrap, "STAMP", str(stamp))
    monkeypatch.setattr(bootstrap, "PYTHON", str(python))
    lock.write_text("django==5.2")
    assert not bootstrap.is_installed()

    python.touch()
    stamp.write_text(bootstrap.fingerprint())
    assert bootstrap.is_installed()

    lock.write_text("django==5.3")
    assert not bootstrap.is_installed()
