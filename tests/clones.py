"""Copies of this project, for tests that change its files or follow what README.md says to type."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.databases import ROOT

GIT = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]


@dataclass(frozen=True, slots=True)
class Clone:
    """A checkout of its own, with everything committed. It shares the virtual environment and the test servers."""

    root: Path

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run what somebody would type. `make` finds the packages installed."""
        typed = command.replace("make ", "make -o install ", 1)
        return subprocess.run(["sh", "-c", typed], cwd=self.root, capture_output=True, text=True, check=False)

    def must(self, command: str) -> str:
        """Run a command that has to work, and return what it printed.

        :raises AssertionError: with all of its output, if it fails
        """
        done = self.run(command)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def commit(self) -> None:
        """Commit everything that changed."""
        for arguments in (["add", "--all"], ["commit", "--quiet", "--message", "Change"]):
            subprocess.run([*GIT, *arguments], cwd=self.root, check=True, capture_output=True)


def clone(root: Path) -> Clone:
    """Copy every file that belongs to the project, changed or not, to `root`, and commit them there."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in sorted(set(listed.stdout.split("\0")) - {""}):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    (root / ".venv").symlink_to(Path(sys.prefix))
    subprocess.run([*GIT, "init", "--quiet"], cwd=root, check=True)
    (root / ".git/info/exclude").write_text(".venv\n")  # a link, which .gitignore does not cover
    made = Clone(root)
    made.commit()
    return made


def commands_of(title: str) -> list[str]:
    """Return what README.md says to type under a heading, line by line, without the remarks beside it."""
    readme = (ROOT / "README.md").read_text()
    section = re.search(rf"(?ms)^## {re.escape(title)}\n(.*?)(?=^## |\Z)", readme)
    assert section, f"README.md has no section “{title}”."
    blocks = re.findall(r"(?ms)^```\w*\n(.*?)^```", section[1])
    return [re.split(r"\s{2,}#?", line)[0] for block in blocks for line in block.splitlines() if line.strip()]
