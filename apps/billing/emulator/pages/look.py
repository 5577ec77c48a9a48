"""What all pages of the emulator have in common."""

from datetime import UTC, datetime
from decimal import Decimal
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from apps.billing.emulator.engine.amounts import major
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.store import Json, Store

STYLE = (Path(__file__).parent / "style.css").read_text()
TEST_CARDS = {
    "4242424242424242": "Succeeds",
    "4000000000000002": "Is declined",
    "4000000000009995": "Has insufficient funds",
    "4000002500003155": "Wants 3-D Secure, once",
    "4000002760003184": "Wants 3-D Secure each time",
    "4000000000000341": "Pays now and fails at renewal",
    "000123456789": "Bank debit, paid after 4 days",
    "000222222227": "Bank debit, refused after 4 days",
}
TONES = {
    "active": "ok",
    "paid": "ok",
    "trialing": "ok",
    "open": "warn",
    "past_due": "warn",
    "incomplete": "warn",
}
TONES |= {
    "unpaid": "bad",
    "canceled": "bad",
    "void": "bad",
    "uncollectible": "bad",
    "failed": "bad",
    "sent": "ok",
}


def page(title: str, main: str, *, wide: bool = False) -> str:
    """A whole document. `main` is HTML, and `title` is text."""
    kind = ' class="wide"' if wide else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{escape(title)} · Stripe emulator</title><style>{STYLE}</style></head>'
        '<body><header class="bar"><b>Stripe emulator</b><span>For trying things out. No money moves.</span>'
        f'<a href="/">Console</a></header><main{kind}>{main}</main></body></html>'
    )


def money(amount: int, currency: str) -> str:
    """Minor units for people: 12.50 EUR, 1,500 JPY."""
    sign = "−" if amount < 0 else ""
    return f"{sign}{major(Decimal(abs(amount)), currency)} {currency.upper()}"


def day(moment: int | None) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%-d %B %Y") if moment else "–"


def minute(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")


def badge(word: str) -> str:
    return f'<span class="badge {TONES.get(word, "")}">{escape(word.replace("_", " "))}</span>'


def alert(problem: str) -> str:
    return f'<p class="alert" role="alert">{escape(problem)}</p>' if problem else ""


def fields(**values: str) -> str:
    return "".join(
        f'<input type="hidden" name="{name}" value="{escape(text)}">' for name, text in values.items()
    )


def card_form(button: str, form: dict[str, str], problem: str, extra: str = "", **hidden: str) -> str:
    """A card's number, or one of the test cards by a click."""
    number = escape(form.get("number", "4242 4242 4242 4242"))
    choices = "".join(
        f'<button name="number" value="{number}"><code>{spaced(number)}</code><small>{words}</small></button>'
        for number, words in TEST_CARDS.items()
    )
    return (
        f'<form method="post">{fields(**hidden)}{alert(problem)}{extra}'
        f'<label>Card number<input name="number" value="{number}" inputmode="numeric" autocomplete="off"></label>'
        f'<button class="main whole">{escape(button)}</button>'
        f'<details><summary>Other test cards</summary><div class="cards">{choices}</div></details></form>'
    )


def bank(form: dict[str, str]) -> str:
    """The step of 3-D Secure: what was sent before, once more, and the customer's answer."""
    kept = {name: text for name, text in form.items() if name not in ("confirmed", "refused")}
    return page(
        "Your bank asks",
        '<h1>Is it you?</h1><p class="muted">3-D Secure: your bank asks you to confirm this payment.</p>'
        f'<section><form method="post">{fields(**kept)}<div class="row">'
        '<button class="main" name="confirmed" value="yes">Confirm</button>'
        '<button name="refused" value="yes">Refuse</button></div></form></section>',
    )


def wants_bank(error: ApiError) -> bool:
    return error.body["error"].get("code") == "authentication_required"


def section(title: str, main: str) -> str:
    """A titled part of a page. `main` is HTML, and so is `title`."""
    return f"<section><h2>{title}</h2>{main}</section>"


def row(*cells: str, total: bool = False) -> str:
    """A table's row of HTML; amounts stand at its end."""
    *words, amount = cells
    inner = "".join(f"<td>{cell}</td>" for cell in words)
    return f'<tr{" class=total" if total else ""}>{inner}<td class="number">{amount}</td></tr>'


def lines_table(lines: list[Json], currency: str, totals: list[tuple[str, int]]) -> str:
    rows = [row(escape(line["description"] or ""), money(line["amount"], currency)) for line in lines]
    rows += [row(escape(words), money(amount, currency), total=True) for words, amount in totals]
    return f"<table>{''.join(rows)}</table>"


def app_link(store: Store) -> str:
    """A link to the app that webhooks go to, on pages which Stripe leads back from in no other way."""
    if not (endpoints := store.all("webhook_endpoint")):
        return ""
    parts = urlsplit(endpoints[0]["url"])
    return f'<p><a href="{escape(parts.scheme)}://{escape(parts.netloc)}/">Back to the app</a></p>'


def spaced(number: str) -> str:
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def number_of(form: dict[str, str]) -> str:
    return form.get("number", "").replace(" ", "")
