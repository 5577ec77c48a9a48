"""Reads the forms of a page, as a browser would send them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

FILLED = {"email": "mallory@example.org", "url": "https://example.org/", "date": "2030-01-01", "number": "1"}
SENT_BY = {"hx-get": "GET", "hx-post": "POST", "hx-put": "PUT", "hx-patch": "PATCH", "hx-delete": "DELETE"}


@dataclass(slots=True)
class Form:
    """Where a form leads, and what it sends when each of its fields is filled."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.path, self.forms = path, [Form("", "")]
        self.select = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        for name, method in SENT_BY.items():
            if name in given:
                self.forms.append(Form(given[name], method))
        match tag:
            case "form":
                self.forms.append(Form(given.get("action") or self.path, given.get("method", "get").upper()))
            case "select":
                self.select = given.get("name", "")
            case "option" if self.select and given.get("value"):
                self._add(self.select, given["value"])
            case "input" | "button" | "textarea" if given.get("name"):
                self._add(given["name"], given.get("value") or FILLED.get(given.get("type", ""), "Mallory"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""

    def _add(self, name: str, value: str) -> None:
        self.forms[-1].fields.setdefault(name, []).append(value)


def forms_of(path: str, html: str) -> list[Form]:
    """Return the forms of a page, and what its htmx elements send."""
    reader = _Reader(path)
    reader.feed(html)
    return [form for form in reader.forms if form.method]
