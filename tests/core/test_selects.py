"""Selects are written by a template of ours, and read as Django's own."""

from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates, get_default_renderer

CHOICES: list[Any] = [
    ("", "Anyone"),
    (None, "Nobody"),
    (1000, 'A "quoted" <name> & more'),
    ("Europe", [("Europe/Berlin", "Berlin"), ("Europe/Paris", "Paris")]),
    ("<Odd>", [("a'b", "c")]),
]


@pytest.mark.parametrize("value", ["", None, "1000", 1000, "Europe/Paris", "a'b", "unknown"])
@pytest.mark.parametrize("widget", [forms.Select, forms.SelectMultiple])
def test_they_read_as_djangos_own(widget: type[forms.Select], value: Any) -> None:
    select = widget(choices=CHOICES, attrs={"id": "who", "required": True})
    ours, djangos = (
        select.render("who", value, renderer=renderer)
        for renderer in (get_default_renderer(), DjangoTemplates())
    )
    assert lines(ours) == lines(djangos)


def lines(markup: str) -> list[str]:
    return [line.strip() for line in markup.splitlines() if line.strip()]
