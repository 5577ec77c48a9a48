"""What a new module and its rows are called, in code and in sentences, and which names can't be had."""

import builtins
import keyword
import re
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError
from django.urls import Resolver404, resolve
from lucide import IconDoesNotExist
from lucide.templatetags.lucide import lucide as draw

from apps.core.api.views import unknown
from apps.core.db.models import TenantModel
from apps.core.filters import ListFilter

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST = 24
VAGUE = {"common", "helper", "helpers", "misc", "shared", "tools", "util", "utils"}

#: What a row can't be called, because the generated code and its templates call something else so.
TAKEN_BY_CODE = {
    *(
        "action",
        "add",
        "after",
        "any",
        "assign",
        "audit",
        "before",
        "change",
        "clock",
        "context",
        "date",
        "datetime",
    ),
    *(
        "delete",
        "detail",
        "error",
        "field",
        "filter",
        "form",
        "found",
        "here",
        "interface",
        "invalid",
        "messages",
    ),
    *(
        "models",
        "narrowed",
        "page",
        "path",
        "permissions",
        "perms",
        "publish",
        "redirect",
        "render",
        "request",
    ),
    *(
        "restore",
        "reverse",
        "row",
        "scope",
        "selectors",
        "shell",
        "tenant",
        "transaction",
        "undo",
        "user",
        "validate",
    ),
    *("value", "values", "view", "views", "workspace"),
}
#: What a field can't be called: columns of every row, types, and what adding a row calls something else.
TAKEN_BY_ROWS = {"created_at", "deleted_at", "id", "meta", "pk", "tenant_id"}
TAKEN_BY_FIELDS = {
    "assign",
    "audit",
    "clock",
    "date",
    "datetime",
    "permissions",
    "publish",
    "scope",
    "self",
} | {
    *(
        "transaction",
        "validate",
        "cursor",
        "data",
        "filters",
        "page_size",
        "queryset",
        "request",
        "search",
        "sort",
    ),
}


class Refused(CommandError):
    """A name or a field can't be used. The message says why, and what to try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """A module (`invoices`), one of its rows (`invoice`) and several of them (`invoices`)."""

    module: str
    entity: str
    entities: str

    def placeholders(self) -> dict[str, str]:
        """Return every form of the names that the templates use."""
        module, singular, plural = (words(name) for name in (self.module, self.entity, self.entities))
        return {
            "module": self.module,
            "Module": camel(self.module),
            "Module_label": sentence(module),
            "entity": self.entity,
            "Entity": camel(self.entity),
            "entity_class": camel(self.entity).lower(),
            "entities": self.entities,
            "slug": self.entities.replace("_", "-"),
            "singular_label": singular,
            "Singular_label": sentence(singular),
            "a_singular": f"{'an' if singular[0] in 'aeiou' else 'a'} {singular}",
            "plural_label": plural,
            "Plural_label": sentence(plural),
        }


def names_of(module: str, *, singular: str = "", plural: str = "") -> Names:
    """Return the names of a new module.

    :param singular: what one row is called; without it, derived from the module's name
    :raises Refused: if a name can't be used
    """
    check_name(module, "module")
    entity = singular or singular_of(module)
    if entity == module:
        raise Refused(f"What is one of the {words(module)} called? Say it: --singular item")
    check_name(entity, "row", hint="Choose another word: --singular item")
    entities = plural or (module if singular_of(module) == entity else plural_of(entity))
    check_name(entities, "rows", hint="Choose another word: --plural items")
    return Names(module=module, entity=entity, entities=entities)


def check_name(name: str, kind: str, *, hint: str = "Choose another name.") -> None:
    """Refuse what is no name in code, or is one already."""
    if not NAME.fullmatch(name) or len(name) > LONGEST:
        raise Refused(
            f"{name!r} can't name a {kind}: use up to {LONGEST} lower-case letters, digits and single underscores, "
            "and begin with a letter."
        )
    reason = why_taken(name)
    if kind != "module" and name in TAKEN_BY_CODE:
        reason = "the generated code calls something else so"
    if reason:
        raise Refused(f"{name!r} can't name a {kind}: {reason}. {hint}")


def why_taken(name: str) -> str:
    """Say why a name can't be used in the generated code; an empty text if it can."""
    if keyword.iskeyword(name) or keyword.issoftkeyword(name) or hasattr(builtins, name):
        return "it is a word of Python"
    if name in VAGUE:
        return "it hides what is inside"
    return ""


def check_free(names: Names) -> None:
    """Refuse a module whose name, pages or folder are there already.

    :raises Refused: saying what is in the way
    """
    if names.module in {config.label for config in apps.get_app_configs()}:
        raise Refused(f"There is a module {names.module!r} already.")
    for place in (f"apps/{names.module}", f"templates/{names.module}", f"tests/{names.module}"):
        if Path(settings.BASE_DIR, place).exists():
            raise Refused(f"There is a folder {place} already.")
    slug = names.entities.replace("_", "-")
    for address in (f"/w/any/{slug}/", f"/api/v1/{slug}"):
        if _is_an_address(address):
            raise Refused(f"There is a page at {address} already. Choose another word: --plural {slug}_list")


def _is_an_address(path: str) -> bool:
    try:
        return resolve(path).func is not unknown
    except Resolver404:
        return False


def check_field_name(name: str, names: Names) -> None:
    """Refuse what can't name a field of a row.

    :raises Refused: naming the field
    """
    if not NAME.fullmatch(name) or len(name) > LONGEST:
        raise Refused(
            f"The field {name!r} needs another name: up to {LONGEST} lower-case letters, digits and single "
            "underscores, beginning with a letter."
        )
    reason = why_taken(name)
    if name in TAKEN_BY_ROWS:
        reason = "every row has one already"
    elif name in {names.entity, f"{names.entity}_id", names.module, *TAKEN_BY_FIELDS}:
        reason = "the generated code calls something else so"
    elif hasattr(TenantModel, name) or hasattr(ListFilter, name):
        reason = "Django calls something else so"
    if reason:
        raise Refused(f"The field {name!r} needs another name: {reason}.")


def check_icon(icon: str) -> None:
    """Refuse an icon that lucide does not have.

    :raises Refused: saying where to find one
    """
    try:
        draw(icon)
    except IconDoesNotExist as error:
        raise Refused(f"There is no icon {icon!r}. Choose one of https://lucide.dev/icons") from error


def singular_of(name: str) -> str:
    """Return the likely singular of an English noun; the same text if it is none in the plural."""
    for ending, one in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh")):
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return name.removesuffix(ending) + one
    return name[:-1] if name.endswith("s") and not name.endswith(("ss", "us", "is")) else name


def plural_of(name: str) -> str:
    """Return the likely plural of an English noun."""
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "z", "ch", "sh")) else f"{name}s"


def words(name: str) -> str:
    """Return “support ticket” for support_ticket."""
    return name.replace("_", " ")


def sentence(text: str) -> str:
    """Return a text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def camel(name: str) -> str:
    """Return SupportTicket for support_ticket."""
    return "".join(part.capitalize() for part in name.split("_"))
