"""Stripe's billing portal."""

from html import escape
from typing import TYPE_CHECKING

from apps.billing.emulator.engine import changes
from apps.billing.emulator.engine.cards import card_of, name_of, refusal
from apps.billing.emulator.engine.moments import OVER
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.pages.look import (
    alert,
    badge,
    bank,
    card_form,
    day,
    fields,
    lines_table,
    money,
    number_of,
    page,
    row,
    section,
    wants_bank,
)
from apps.billing.emulator.resources import customers, invoices, payment_methods
from apps.billing.emulator.store import Json, Store

if TYPE_CHECKING:
    from apps.billing.emulator.emulator import Emulator

Page = tuple[int, str, dict[str, str]]


def answer(emulator: "Emulator", method: str, identifier: str, form: dict[str, str]) -> Page:
    problem, store = "", emulator.store
    with emulator.lock:
        session = store.get("billing_portal.session", identifier)
        if method == "POST":
            try:
                if "refused" in form:
                    raise ApiError(402, "You refused the card.", "card_error")
                emulator.carry_out(lambda: _act(store, session, form))
                return 303, "", {"Location": _after(session)}
            except ApiError as error:
                if wants_bank(error):
                    return 200, bank(form), {}
                problem = str(error)
        with store.at(store.clock_of(session["customer"])):
            if "price" in form and not problem:
                return 200, _confirmation(store, session, form), {}
            return 402 if problem else 200, _page(store, session, form, problem), {}


def _after(session: Json) -> str:
    flow = session["flow"]
    if flow and flow["after_completion"]["type"] == "redirect":
        return str(flow["after_completion"]["redirect"]["return_url"])
    return f"/portal/{session['id']}"


def _act(store: Store, session: Json, form: dict[str, str]) -> None:
    with store.at(store.clock_of(session["customer"])):
        if form.get("action") == "card":
            _change_card(store, session["customer"], number_of(form), confirmed="confirmed" in form)
            return
        subscription = store.get("subscription", form.get("subscription", ""))
        if subscription["customer"] != session["customer"]:
            raise ApiError(400, "This is somebody else's subscription.")
        feature = _features(store, session)
        if form.get("action") == "cancel":
            wishes: Json = {"cancel_at_period_end": True}
        elif form.get("action") == "resume":
            wishes = {"cancel_at_period_end": False}
        else:
            item = {"id": subscription["items"]["data"][0]["id"], "price": form.get("price", "")}
            behaviour = feature["subscription_update"]["proration_behavior"]
            wishes = {"items": [item], "proration_behavior": behaviour}
        changes.update(store, subscription, wishes, confirmed="confirmed" in form)


def _change_card(store: Store, customer: str, number: str, *, confirmed: bool) -> None:
    """The new card pays everything from now on."""
    card = payment_methods.make(store, number, {})
    refused = refusal(card, confirmed=confirmed)
    if refused and card["_behaviour"] != "fails_later":
        raise refused
    payment_methods.give(store, card, customer)
    customers.update(store, {"invoice_settings": {"default_payment_method": card["id"]}}, customer)
    for subscription in _subscriptions(store, customer):
        if subscription["default_payment_method"]:
            changes.update(store, subscription, {"default_payment_method": card["id"]})


def _subscriptions(store: Store, customer: str) -> list[Json]:
    return [one for one in store.where("subscription", customer=customer) if one["status"] not in OVER]


def _features(store: Store, session: Json) -> Json:
    features: Json = store.get("billing_portal.configuration", session["configuration"])["features"]
    return features


def _page(store: Store, session: Json, form: dict[str, str], problem: str) -> str:
    features, flow = _features(store, session), (session["flow"] or {}).get("type", "")
    parts = [f"<h1>Billing</h1>{alert(problem) if form.get('action') != 'card' else ''}"]
    for subscription in _subscriptions(store, session["customer"]):
        if flow in ("", "subscription_cancel", "subscription_update"):
            parts.append(_plan(store, subscription, features, flow))
    if features["payment_method_update"]["enabled"] and flow in ("", "payment_method_update"):
        parts.append(_card(store, session["customer"], form, problem))
    if features["invoice_history"]["enabled"] and not flow:
        parts.append(_invoices(store, session["customer"]))
    if session["return_url"]:
        parts.append(f'<p class="muted"><a href="{escape(session["return_url"])}">Back</a></p>')
    return page("Billing", "".join(parts))


def _plan(store: Store, subscription: Json, features: Json, flow: str) -> str:
    items = "".join(
        f"<li>{_item(store, item, subscription['currency'])}</li>" for item in subscription["items"]["data"]
    )
    end = subscription["items"]["data"][0]["current_period_end"]
    when = (
        f"Ends on {day(subscription['cancel_at'])}" if subscription["cancel_at"] else f"Renews on {day(end)}"
    )
    buttons = ""
    if subscription["cancel_at"]:
        buttons = _button(subscription, "resume", "Don't cancel")
    elif features["subscription_cancel"]["enabled"] and flow != "subscription_update":
        buttons = _button(subscription, "cancel", "Cancel plan")
    switch = ""
    if features["subscription_update"]["enabled"] and flow != "subscription_cancel":
        switch = _switch(store, subscription, features)
    title = f"Your plan {badge(subscription['status'])}"
    return section(title, f'<ul>{items}</ul><p class="muted">{when}</p>{buttons}{switch}')


def _button(subscription: Json, action: str, words: str) -> str:
    hidden = fields(action=action, subscription=subscription["id"])
    return f'<form method="post">{hidden}<button>{escape(words)}</button></form>'


def _item(store: Store, item: Json, currency: str) -> str:
    return f"{item['quantity'] or 'As used:'} × {_price(store, item['price'], currency)}"


def _price(store: Store, price: Json, currency: str) -> str:
    name, option = store.get("product", price["product"])["name"], price["currency_options"].get(currency)
    amount = money(option["unit_amount"] or 0, currency) if option else ""
    return f"{escape(name)}, {amount} a {price['recurring']['interval']}"


def _switch(store: Store, subscription: Json, features: Json) -> str:
    """A choice of the prices that the configuration offers."""
    now = subscription["items"]["data"][0]["price"]["id"]
    offered = [
        name for product in features["subscription_update"]["products"] or [] for name in product["prices"]
    ]
    options = "".join(
        f'<option value="{name}">{_price(store, store.get("price", name), subscription["currency"])}</option>'
        for name in offered
        if name != now
    )
    if not options:
        return ""
    return (
        f'<form class="row" style="margin-top:16px">{fields(subscription=subscription["id"])}'
        f'<label>Another plan<select name="price">{options}</select></label><button>Look at it</button></form>'
    )


def _confirmation(store: Store, session: Json, form: dict[str, str]) -> str:
    """What a change costs, before it is made."""
    subscription = store.get("subscription", form["subscription"])
    item = {"id": subscription["items"]["data"][0]["id"], "price": form["price"]}
    behaviour = _features(store, session)["subscription_update"]["proration_behavior"]
    wishes = {"items": [item], "proration_behavior": behaviour}
    preview = invoices.create_preview(
        store, {"subscription": subscription["id"], "subscription_details": wishes}
    )
    total = [("Next invoice", preview["amount_due"])]
    table = lines_table(preview["lines"]["data"], preview["currency"], total)
    hidden = fields(action="switch", subscription=subscription["id"], price=form["price"])
    return page(
        "Change the plan",
        f'<h1>Change the plan</h1><section>{table}</section><section><form method="post" class="row">{hidden}'
        f'<button class="main">Confirm</button><a class="button" href="/portal/{session["id"]}">Back</a>'
        "</form></section>",
    )


def _card(store: Store, customer: str, form: dict[str, str], problem: str) -> str:
    current = next((card_of(store, one) for one in _subscriptions(store, customer)), None)
    chosen = store.get("customer", customer)["invoice_settings"]["default_payment_method"]
    card = current or (store.get("payment_method", chosen) if chosen else None)
    words = name_of(card) if card else "No card so far"
    problem = problem if form.get("action") == "card" else ""
    change = card_form("Use this card", form, problem, action="card")
    details = f"<details{' open' if problem else ''}><summary>Change the card</summary>{change}</details>"
    return section("Payment method", f"<p>{escape(words)}</p>{details}")


def _invoices(store: Store, customer: str) -> str:
    rows = [
        row(
            f'<a href="/invoice/{one["id"]}">{escape(one["number"] or "Draft")}</a>',
            day(one["created"]),
            badge(one["status"]),
            money(one["total"], one["currency"]),
        )
        for one in store.where("invoice", customer=customer)
    ]
    return section("Invoices", f'<div class="scroll"><table>{"".join(rows) or "None so far"}</table></div>')
