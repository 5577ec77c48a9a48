"""Adding lines to Python files, and taking them out, by their syntax tree. The formatter straightens the rest."""

import ast
import re
from collections.abc import Iterator

from django.core.management.base import CommandError


def insert_into(source: str, name: str, entry: str) -> str:
    """Return a source with an entry added to its list or dictionary `name`, at the end, or where a sorted one has it.

    :raises CommandError: if there is no such list
    """
    match _assigned(ast.parse(source)).get(name):
        case ast.Dict() as found:
            return _into_lines(source, found.keys, found, entry)
        case ast.List() as found:
            return _into_lines(source, [], found, entry)
    raise CommandError(f"There is no list {name!r} to add to. Add by hand where it belongs: {entry}")


def _assigned(tree: ast.Module) -> dict[str, ast.expr]:
    """Return what each name gets, with or without a type."""
    plain = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    typed = [node for node in tree.body if isinstance(node, ast.AnnAssign)]
    return plain | {ast.unparse(node.target): node.value for node in typed if node.value}


def _into_lines(source: str, sorted_items: list[ast.expr | None], holder: ast.expr, entry: str) -> str:
    lines = source.splitlines(keepends=True)
    assert holder.end_lineno is not None
    assert holder.end_col_offset is not None
    later = [item.lineno for item in sorted_items if item and ast.unparse(item) > entry.replace('"', "'")]
    if holder.lineno != holder.end_lineno:
        lines.insert((later[0] if later else holder.end_lineno) - 1, f"    {entry},\n")
        return "".join(lines)
    line, bracket = lines[holder.lineno - 1], holder.end_col_offset - 1
    comma = ", " if line[bracket - 1] not in "[{" else ""
    lines[holder.lineno - 1] = f"{line[:bracket]}{comma}{entry}{line[bracket:]}"
    return "".join(lines)


def insert_after(source: str, start: str, line: str) -> str:
    """Return a source with a line added after the last statement that begins with `start`.

    :raises CommandError: if none does
    """
    lines = source.splitlines(keepends=True)
    ends = [
        node.end_lineno
        for node in ast.parse(source).body
        if lines[node.lineno - 1].startswith(start) and not isinstance(node, ast.FunctionDef)
    ]
    if not ends:
        raise CommandError(f"No line begins with {start!r}. Add by hand where it belongs: {line}")
    lines.insert(ends[-1] or 0, f"{line}\n")
    return "".join(lines)


def without(source: str, module: str) -> str:
    """Return a source without what names a module: its imports, what uses them, and its entries in lists."""
    encoded = source.encode()
    for start, end in sorted(_ranges(source, module), reverse=True):
        comma = re.match(rb"[ \t]*,[ \t]*", encoded[end:])
        end += comma.end() if comma else 0
        before, after = encoded[:start], encoded[end:]
        if before.rpartition(b"\n")[2].strip() == b"" and after.startswith(b"\n"):
            before, after = before.rstrip(b" \t"), after[1:]
        encoded = before + after
    return encoded.decode()


def _ranges(source: str, module: str) -> Iterator[tuple[int, int]]:
    """Yield where in the source, in bytes, the module is named."""
    tree = ast.parse(source)
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom) and _is_of(node.module, module)]
    names = {alias.asname or alias.name for node in imports for alias in node.names}
    lines = [len(line) for line in source.encode().splitlines(keepends=True)]

    def place(first: ast.expr | ast.stmt, last: ast.expr | ast.stmt) -> tuple[int, int]:
        assert last.end_lineno is not None
        assert last.end_col_offset is not None
        starts = [sum(lines[: line - 1]) for line in (first.lineno, last.end_lineno)]
        return starts[0] + first.col_offset, starts[1] + last.end_col_offset

    yield from (place(node, node) for node in imports)
    for statement in tree.body:
        if isinstance(statement, ast.Expr) and _uses(statement, names, module):
            yield place(statement, statement)
    for holder in _assigned(tree).values():
        if isinstance(holder, ast.List):
            yield from (place(item, item) for item in holder.elts if _uses(item, names, module))
        elif isinstance(holder, ast.Dict):
            for key, value in zip(holder.keys, holder.values, strict=True):
                if key and _uses(value, names, module):
                    yield place(key, value)


def _uses(node: ast.AST, names: set[str], module: str) -> bool:
    return any(
        (isinstance(part, ast.Name) and part.id in names)
        or (isinstance(part, ast.Constant) and isinstance(part.value, str) and _is_of(part.value, module))
        for part in ast.walk(node)
    )


def _is_of(path: str | None, module: str) -> bool:
    return path is not None and f"{path}.".startswith(f"apps.{module}.")
