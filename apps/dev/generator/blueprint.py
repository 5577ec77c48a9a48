"""The files of a new module: templates under blueprint/, in which MODULE stands for its name."""

from collections.abc import Sequence
from pathlib import Path
from string import Template

from apps.dev.generator.fields import Field
from apps.dev.generator.names import Names
from apps.dev.generator.snippets import placeholders

FOLDER = Path(__file__).parent / "blueprint"
SUFFIX = ".template"


def render(names: Names, fields: Sequence[Field], *, icon: str) -> dict[str, str]:
    """Return the text of each file of a new module, by its path below the project."""
    values = {**names.placeholders(), **placeholders(names, fields), "icon": icon}
    return {
        _path(template).replace("MODULE", names.module): Template(template.read_text()).substitute(values)
        for template in sorted(FOLDER.rglob(f"*{SUFFIX}"))
    }


def _path(template: Path) -> str:
    return template.relative_to(FOLDER).as_posix().removesuffix(SUFFIX)
