"""The lines of a new module that depend on its fields; the templates leave room for them."""

import hashlib
from collections.abc import Callable, Iterable, Sequence

from apps.dev.generator.fields import Field, title_of
from apps.dev.generator.names import Names, camel, words

LONGEST_INDEX_NAME = 30  # Django's limit
MOST_COLUMNS = 5
EMPTY = '<span class="quiet">–</span>'


def placeholders(names: Names, fields: Sequence[Field]) -> dict[str, str]:
    """Return what the templates replace: lines by the name of their place."""
    title = title_of(fields)
    others = [field for field in fields if field is not title]
    has_money = any(field.type_name == "money" for field in fields)
    return {
        "title": title.name,
        "title_label": words(title.name),
        "model_note": " Money is in cents." if has_money else "",
        "load_money": " money" if has_money else "",
        **_code(names, fields),
        **_forms_and_api(names, fields),
        **_list(names, title, others),
        **_pages(names, title, others),
        **_tests(names, title, fields),
    }


def _code(names: Names, fields: Sequence[Field]) -> dict[str, str]:
    return {
        "choice_classes": "\n".join(_choice_class(field) for field in fields if field.choices),
        "model_fields": _lines(fields, lambda field: f"    {field.name} = {_column(field)}"),
        "migration_fields": _lines(fields, lambda field: f"{' ' * 16}({_migrated(field)}),"),
        "indexes": _indent(_indexes(names, fields), 12),
        "searched": ", ".join(
            f'"{field.name}"' for field in fields if field.type_name in ("text", "longtext")
        ),
        "dto_fields": _lines(fields, lambda field: f"    {field.name}: {field.annotation}"),
        "parameters": ", ".join(_parameter(field) for field in fields),
        "arguments": ", ".join(f"{field.name}={field.name}" for field in fields),
        "row_arguments": ", ".join(f"{field.name}=row.{field.name}" for field in fields),
        "field_names": ", ".join(f'"{field.name}"' for field in fields),
    }


def _choice_class(field: Field) -> str:
    values = [f'        {value.upper()} = "{value}", _("{_choice_label(value)}")' for value in field.choices]
    return "\n".join(["", f"    class {camel(field.name)}(models.TextChoices):", *values])


def _choice_label(value: str) -> str:
    return words(value).capitalize()


def _column(field: Field) -> str:
    choices = f"choices={camel(field.name)}" if field.choices else ""
    return _call(f"models.{field.type.column}", f'_("{words(field.name)}")', choices, *_options(field))


def _migrated(field: Field) -> str:
    """Return the field as makemigrations writes it: everything by name, in the order of the alphabet."""
    pairs = ", ".join(f'("{value}", "{_choice_label(value)}")' for value in field.choices)
    choices = f"choices=[{pairs}]" if field.choices else ""
    options = sorted(option for option in [choices, *_options(field)] if option)
    return f'"{field.name}", ' + _call(
        f"models.{field.type.column}", *options, f'verbose_name="{words(field.name)}"'
    )


def _options(field: Field) -> list[str]:
    empty = ["blank=True", "null=True" if field.is_null else ""] if field.optional else []
    first = [f"default={field.default}"] if field.choices and not field.optional else []
    return [field.type.options, *first, *empty]


def _indexes(names: Names, fields: Sequence[Field]) -> list[str]:
    orders = {
        "newest": ["-created_at", "-id"],
        **{f"by_{field.name}": [field.name, "id"] for field in ordered(fields)},
    }
    choices = {f"of_{field.name}": [field.name, "-created_at", "-id"] for field in fields if field.choices}
    return [
        f'models.Index(fields={quoted(["tenant_id", *columns])}, name="{_index_name(names.module, name)}"),'
        for name, columns in (orders | choices).items()
    ]


def ordered(fields: Iterable[Field]) -> list[Field]:
    """Return the fields that a list can be ordered by: those never NULL that mean something in a row."""
    fields = list(fields)
    return [
        field for field in fields if field is title_of(fields) or (field.type.orders and not field.is_null)
    ]


def _index_name(module: str, name: str) -> str:
    whole = f"{module}_{name}"
    if len(whole) <= LONGEST_INDEX_NAME:
        return whole
    digest = hashlib.sha256(whole.encode()).hexdigest()[:6]
    return f"{whole[: LONGEST_INDEX_NAME - 7]}_{digest}"


def _parameter(field: Field) -> str:
    return f"{field.name}: {field.annotation}" + (f" = {field.default}" if field.default else "")


def _forms_and_api(names: Names, fields: Sequence[Field]) -> dict[str, str]:
    areas = [f'"{field.name}": forms.Textarea(attrs={{"rows": 4}})' for field in fields if field.type.is_long]
    cents = [
        f'"{field.name}": {{"help_text": "In cents: 1250 is 12.50."}}'
        for field in fields
        if field.type_name == "money"
    ]
    return {
        "form_fields": "".join(f"\n    {line}" for line in map(_form_field, fields) if line),
        "form_labels": ", ".join(
            f'"{field.name}": _("{field.label}")' for field in fields if not _form_field(field)
        ),
        "form_widgets": f"\n        widgets = {{{', '.join(areas)}}}" if areas else "",
        "serializer_options": f"\n        extra_kwargs = {{{', '.join(cents)}}}" if cents else "",
    }


def _form_field(field: Field) -> str:
    required = "required=False" if field.optional else ""
    if field.type_name == "url":
        widget = 'widget=forms.URLInput(attrs={"placeholder": "https://"})'
        call = _call(
            "forms.URLField",
            f'label=_("{field.label}")',
            required,
            "max_length=500",
            'assume_scheme="https"',
            widget,
        )
        return f"{field.name} = {call}"
    if not field.type.form_field:
        return ""
    return f"{field.name} = " + _call(field.type.form_field, f'label=_("{field.label}")', required)


def _list(names: Names, title: Field, others: Sequence[Field]) -> dict[str, str]:
    orders = {title.name: f"{title.label}, A to Z", f"-{title.name}": f"{title.label}, Z to A"}
    for field in ordered([title, *others]):
        if field.type.orders:
            largest, smallest = field.type.orders
            orders |= {
                f"-{field.name}": f"{field.label}, {largest}",
                field.name: f"{field.label}, {smallest}",
            }
    filters = [_filter(names, field) for field in others]
    return {
        "orders": "\n".join(f'        "{order}": {_order(order)},' for order in orders),
        "order_labels": "\n".join(
            f'            ("{order}", _("{label}")),' for order, label in orders.items()
        ),
        "filters": "".join(f"\n    {line}" for line in filters if line),
        "admin_columns": "".join(f'"{field.name}", ' for field in [title, *_columns(others)]),
        "admin_filter": _admin_filter([field.name for field in others if field.choices]),
    }


def _order(order: str) -> str:
    return f'("{order}", "-id")' if order.startswith("-") else f'("{order}", "id")'


def _filter(names: Names, field: Field) -> str:
    label = f'label=_("{field.label}")'
    if field.choices:
        choices = f"choices={camel(names.entity)}.{camel(field.name)}.choices"
        any_of_them = f'empty_label=_("Any {words(field.name)}")'
        return f"{field.name} = " + _call("filters.ChoiceFilter", choices, any_of_them, label)
    if field.type_name == "yesno":
        either = f'empty_label=_("{field.label}: yes or no")'
        return f"{field.name} = " + _call("YesNoFilter", either, label)
    return ""


def _admin_filter(choices: Sequence[str]) -> str:
    return f"\n    list_filter = {quoted(choices)}" if choices else ""


def _columns(others: Iterable[Field]) -> list[Field]:
    return [field for field in others if not field.type.is_long][: MOST_COLUMNS - 1]


def _pages(names: Names, title: Field, others: Sequence[Field]) -> dict[str, str]:
    address = f"{{% url '{names.module}:detail' shell.workspace.slug {names.entity}.id %}}"
    link = f'<td><a href="{address}">{{{{ {names.entity}.{title.name} }}}}</a></td>'
    return {
        "heads": _indent([_head(field) for field in [title, *_columns(others)]], 12),
        "cells": _indent([link, *(_cell(names, field) for field in _columns(others))], 14),
        "details": _indent(
            [
                f'<dt>{{% translate "{field.label}" %}}</dt><dd>{_shown(names, field)}</dd>'
                for field in others
            ],
            6,
        ),
    }


def _head(field: Field) -> str:
    kind = ' class="end"' if field.type.is_number else ""
    return f'<th scope="col"{kind}>{{% translate "{field.label}" %}}</th>'


def _cell(names: Names, field: Field) -> str:
    kind = ' class="end num"' if field.type.is_number else ""
    return f"<td{kind} data-label=\"{{% translate '{field.label}' %}}\">{_shown(names, field)}</td>"


def _shown(names: Names, field: Field) -> str:
    value = f"{names.entity}.{field.name}"
    shown = field.type.shown.replace("VALUE", value).replace(
        "LABEL", f"{names.entity}.get_{field.name}_display"
    )
    if not field.optional:
        return shown
    test = f"{value} is not None" if field.is_null else value
    return f"{{% if {test} %}}{shown}{{% else %}}{EMPTY}{{% endif %}}"


def _tests(names: Names, title: Field, fields: Sequence[Field]) -> dict[str, str]:
    needed = [field for field in fields if not field.default and field is not title]
    return {
        "factory_values": ", ".join(f'"{field.name}": {field.value("sample")}' for field in needed),
        "marked_values": ", ".join(
            _marked(field) for field in fields if field.type.is_text and not field.choices
        ),
        "sample_arguments": ", ".join(f"{field.name}={field.value('sample')}" for field in fields),
        "second_arguments": ", ".join(f"{field.name}={field.value('second')}" for field in fields),
        "sent_values": ", ".join(f'"{field.name}": {field.value("sent")}' for field in fields),
        "typed_values": ", ".join(f'"{field.name}": {field.value("typed")}' for field in fields),
        "stored_assertions": _lines(fields, _stored),
        "faults": ", ".join([f'("{title.name}", ""), ("{title.name}", "x" * 201)', *_faults(fields)]),
    }


def _marked(field: Field) -> str:
    texts = {"email": "{mark}@example.com", "url": "https://{mark}.example/"}
    return f'{field.name}=f"{texts.get(field.type_name, f"{field.label} {{mark}}")}"'


def _stored(field: Field) -> str:
    sample = field.value("sample")
    return (
        f"    assert row.{field.name} is True"
        if sample == "True"
        else f"    assert row.{field.name} == {sample}"
    )


def _faults(fields: Sequence[Field]) -> list[str]:
    wrong = {"choice": "nonsense", "email": "nobody", "url": "javascript:alert(1)"}
    return [f'("{field.name}", "{wrong[field.type_name]}")' for field in fields if field.type_name in wrong]


def quoted(names: Iterable[str]) -> str:
    """Return names as a list in Python."""
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


def _call(name: str, *arguments: str) -> str:
    return f"{name}({', '.join(argument for argument in arguments if argument)})"


def _lines(fields: Iterable[Field], line: Callable[[Field], str]) -> str:
    return "\n".join(line(field) for field in fields)


def _indent(lines: Iterable[str], spaces: int) -> str:
    return "\n".join(" " * spaces + line for line in lines)
