"""Stripe's checkout page."""

from html import escape
from typing import TYPE_CHECKING

from apps.billing.emulator.engine.amounts import exact, rounded
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.pages.look import (
    alert,
    bank,
    card_form,
    lines_table,
    money,
    number_of,
    page,
    wants_bank,
)
from apps.billing.emulator.resources import checkout
from apps.billing.emulator.store import Json, Store

if TYPE_CHECKING:
    from apps.billing.emulator.emulator import Emulator

CODE = (
    '<form method="post" class="row" style="margin-top:12px"><label>Promotion code<input name="code" required></label>'
    "<button>Apply</button></form>"
)
Page = tuple[int, str, dict[str, str]]


def answer(emulator: "Emulator", method: str, identifier: str, form: dict[str, str]) -> Page:
    problem = ""
    if method == "POST":
        try:
            if form.get("code"):
                emulator.carry_out(lambda: checkout.use_code(emulator.store, identifier, form["code"]))
                return 303, "", {"Location": f"/checkout/{identifier}"}
            if "refused" in form:
                raise ApiError(402, "You refused the payment.", "card_error")
            number = number_of(form) if form.get("number") else ""
            done = emulator.pay(
                identifier, number, confirmed="confirmed" in form, email=form.get("email", "")
            )
            target = (done["success_url"] or "/").replace("{CHECKOUT_SESSION_ID}", identifier)
            return 303, "", {"Location": target}
        except ApiError as error:
            if wants_bank(error):
                return 200, bank(form), {}
            problem = str(error)
    with emulator.lock:
        session = emulator.store.get("checkout.session", identifier)
        return 402 if problem else 200, _page(emulator.store, session, form, problem), {}


def _page(store: Store, session: Json, form: dict[str, str], problem: str) -> str:
    back = f'<p><a href="{escape(session["cancel_url"])}">Back</a></p>' if session["cancel_url"] else ""
    if session["status"] != "open":
        return page("Checkout", f"<h1>This checkout is {session['status']}</h1>{alert(problem)}{back}")
    days = session["_data"].get("trial_period_days")
    trial = f"<p class='muted'>The first {days} days are free.</p>" if days else ""
    lines = [_line(store, line, session["currency"]) for line in session["_lines"]]
    totals = [("Due today", session["amount_total"])]
    if off := session["total_details"]["amount_discount"]:
        totals.insert(0, ("Discount", -off))
    table = lines_table(lines, session["currency"], totals)
    if session["allow_promotion_codes"]:
        table += CODE
    return page(
        "Checkout",
        f"<h1>Subscribe</h1>{trial}<section>{table}</section><section>{_form(session, form, problem)}</section>{back}",
    )


def _form(session: Json, form: dict[str, str], problem: str) -> str:
    is_free = session["amount_total"] == 0
    email = "" if session["customer"] or session["customer_email"] else _email(form)
    if is_free and session["payment_method_collection"] == "if_required":
        button = '<button class="main whole">Start without a card</button>'
        return f'<form method="post">{alert(problem)}{email}{button}</form>'
    words = "Start" if is_free else f"Pay {money(session['amount_total'], session['currency'])}"
    return card_form(words, form, problem, email)


def _email(form: dict[str, str]) -> str:
    value = escape(form.get("email", "ada@example.com"))
    return f'<label>E-mail<input type="email" name="email" value="{value}"></label>'


def _line(store: Store, line: Json, currency: str) -> Json:
    price = store.get("price", line["price"])
    name = store.get("product", price["product"])["name"]
    words = f"{name}, as used" if line["quantity"] is None else f"{line['quantity']} × {name}"
    every = f"every {price['recurring']['interval']}" if price["recurring"] else "once"
    amount = rounded(exact(price, line["quantity"] or 0, currency))
    return {"description": f"{words}, {every}", "amount": amount}
