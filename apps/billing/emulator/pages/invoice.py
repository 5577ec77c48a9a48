"""The page of an invoice, on which it can be paid."""

from html import escape
from typing import TYPE_CHECKING

from apps.billing.emulator.engine.cards import card_of, name_of
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.pages.look import (
    alert,
    app_link,
    badge,
    bank,
    card_form,
    day,
    lines_table,
    money,
    number_of,
    page,
    wants_bank,
)
from apps.billing.emulator.resources import invoices, payment_methods
from apps.billing.emulator.store import Json, Store

if TYPE_CHECKING:
    from apps.billing.emulator.emulator import Emulator

Page = tuple[int, str, dict[str, str]]


def answer(emulator: "Emulator", method: str, identifier: str, form: dict[str, str]) -> Page:
    problem, store = "", emulator.store
    if method == "POST":
        try:
            if "refused" in form:
                raise ApiError(402, "You refused the payment.", "card_error")
            emulator.carry_out(lambda: _pay(store, identifier, form))
            return 303, "", {"Location": f"/invoice/{identifier}"}
        except ApiError as error:
            if wants_bank(error):
                return 200, bank(form), {}
            problem = str(error)
    with emulator.lock:
        invoice = store.get("invoice", identifier)
        return 402 if problem else 200, _page(store, invoice, form, problem), {}


def _pay(store: Store, identifier: str, form: dict[str, str]) -> None:
    """With the card on file, or with another one, which then is kept."""
    with store.at(store.clock_of(identifier)):
        invoice = store.get("invoice", identifier)
        card = card_of(store, invoice)
        if "on_file" not in form:
            card = payment_methods.make(store, number_of(form), {})
            payment_methods.give(store, card, invoice["customer"])
        invoices.charge(store, identifier, card, confirmed="confirmed" in form)


def _page(store: Store, invoice: Json, form: dict[str, str], problem: str) -> str:
    totals = [("Total", invoice["total"])]
    if invoice["amount_due"] != invoice["total"]:
        totals.append(("Due, after the balance", invoice["amount_due"]))
    table = lines_table(invoice["lines"]["data"], invoice["currency"], totals)
    name = escape(invoice["number"] or "Draft")
    head = f"<h1>Invoice {name} {badge(invoice['status'])}</h1><p class='muted'>{day(invoice['created'])}</p>"
    pay = alert(problem)
    if invoice["_debited_at"]:
        pay = f"<p class='muted'>The bank was asked, and answers on {day(invoice['_debited_at'])}.</p>"
    elif invoice["status"] in ("open", "uncollectible"):
        pay = _form(store, invoice, form, problem)
    return page(f"Invoice {invoice['number']}", f"{head}<section>{table}</section>{pay}{app_link(store)}")


def _form(store: Store, invoice: Json, form: dict[str, str], problem: str) -> str:
    due, card = money(invoice["amount_remaining"], invoice["currency"]), card_of(store, invoice)
    on_file = ""
    if card:
        words = f"Pay {due} with {name_of(card)}"
        on_file = (
            '<form method="post"><input type="hidden" name="on_file" value="yes">'
            f'<button class="whole">{escape(words)}</button></form>'
        )
    return f"<section>{on_file}{card_form(f'Pay {due}', form, problem)}</section>"
