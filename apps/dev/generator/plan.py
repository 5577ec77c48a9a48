"""What a command is about to write, change and delete: shown first, then done."""

import difflib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.management.base import CommandError

#: Most of our code is elsewhere when a few files of it are formatted.
OURS = 'lint.isort.known-first-party=["apps", "config", "tests"]'


def root() -> Path:
    """Return the project's folder."""
    return Path(settings.BASE_DIR)


@dataclass(slots=True)
class Plan:
    """Files by their path below the project: whole new texts, new texts of old files, and what goes."""

    new: dict[str, str] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)

    def edit(self, path: str, change: Callable[[str], str]) -> None:
        """Change a file. Several changes of one file follow each other.

        :raises CommandError: if there is no such file, or the change finds no place in it
        """
        try:
            text = self.changed.get(path) or (root() / path).read_text()
            self.changed[path] = change(text)
        except FileNotFoundError as error:
            raise CommandError(f"{path} is not there, so the module can't be wired.") from error
        except CommandError as error:
            raise CommandError(f"{path}: {error}") from error

    def tidy(self) -> None:
        """Sort the imports and format the code, as `make format` does.

        :raises CommandError: if ruff can't read it
        """
        texts = self.new | self.changed
        with TemporaryDirectory() as folder:
            shutil.copy(root() / "pyproject.toml", folder)
            for path, text in texts.items():
                _write(Path(folder, path), text)
            _run_ruff(folder, "check", "--quiet", "--fix", "--select", "I,F401", "--config", OURS)
            _run_ruff(folder, "format", "--quiet")
            for texts in (self.new, self.changed):
                texts |= {path: Path(folder, path).read_text() for path in texts}

    def describe(self) -> Iterator[str]:
        """Yield what will happen, line by line: the files, and each change as a diff."""
        yield from (f"delete  {path}" for path in self.deleted)
        yield from (f"write   {path}" for path in sorted(self.new))
        for path, text in sorted(self.changed.items()):
            yield f"change  {path}"
            lines = difflib.unified_diff(
                (root() / path).read_text().splitlines(), text.splitlines(), lineterm="", n=0
            )
            yield from (f"          {line}" for line in list(lines)[2:] if not line.startswith("@@"))

    def carry_out(self) -> None:
        """Do it.

        :raises CommandError: if a new file is there already; nothing is written then
        """
        in_the_way = [path for path in self.new if (root() / path).exists()]
        if in_the_way:
            raise CommandError(f"{in_the_way[0]} is there already.")
        for path in self.deleted:
            _delete(root() / path)
        for path, text in (self.new | self.changed).items():
            _write(root() / path, text)


def _run_ruff(folder: str, *arguments: str) -> None:
    try:
        subprocess.run(  # noqa: S603
            [sys.executable, "-m", "ruff", *arguments, "--no-cache", "."],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
        )
    except subprocess.CalledProcessError as error:
        raise CommandError(f"The code could not be formatted: {error.stdout}{error.stderr}") from error


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
