"""The console: the clock, what was sent, and what shall go wrong."""

import json
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from apps.billing.emulator.engine.calendar import DAY, months_after
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.pages.look import alert, app_link, badge, fields, minute, money, page, row, section
from apps.billing.emulator.shapes import whole
from apps.billing.emulator.store import Json, Store

if TYPE_CHECKING:
    from apps.billing.emulator.emulator import Emulator

Page = tuple[int, str, dict[str, str]]
Action = Callable[["Emulator", dict[str, str]], str]
SHOWN = 50  # events
STEPS = {"hour": "1 hour", "day": "1 day", "week": "1 week", "month": "1 month", "year": "1 year"}
FAULTS = {
    "429": "429, too many calls",
    "500": "500, and nothing is done",
    "timeout": "No answer, and nothing is done",
    "lost": "No answer, though all is done",
}


def answer(emulator: "Emulator", method: str, identifier: str, form: dict[str, str]) -> Page:
    """The page, or what a button of it does."""
    if method == "POST":
        try:
            said = ACTIONS[form.get("action", "")](emulator, form)
        except (KeyError, ApiError) as error:
            return 400, page("Console", alert(f"That cannot be done: {error}")), {}
        return 303, "", {"Location": "/?" + urlencode({"said": said})}
    with emulator.lock:
        return 200, _page(emulator, form.get("said", "")), {}


def _advance(emulator: "Emulator", form: dict[str, str]) -> str:
    now, step = emulator.now, form["step"]
    lengths = {"hour": 60 * 60, "day": DAY, "week": 7 * DAY}
    to = now + lengths[step] if step in lengths else months_after(now, 12 if step == "year" else 1)
    emulator.advance(to=to)
    return f"The clock went on by {STEPS[step]}, and what fell due was done."


def _fail(emulator: "Emulator", form: dict[str, str]) -> str:
    fault = form["fault"]
    emulator.fail_next(int(fault) if fault.isdecimal() else fault)  # type: ignore[arg-type]
    return "The next call fails."


def _send(emulator: "Emulator", form: dict[str, str]) -> str:
    emulator.resend(form["event"])
    return "The event is sent once more."


def _drop(emulator: "Emulator", form: dict[str, str]) -> str:
    emulator.drop_next()
    return "The next webhook is lost."


def _duplicate(emulator: "Emulator", form: dict[str, str]) -> str:
    emulator.duplicate_next()
    return "The next webhook is sent twice."


def _hold(emulator: "Emulator", form: dict[str, str]) -> str:
    emulator.hold()
    return "Webhooks are held back."


def _release(emulator: "Emulator", form: dict[str, str]) -> str:
    emulator.release("reversed" if form.get("order") == "reversed" else "kept")
    return "What was held back is sent."


def _switch(emulator: "Emulator", form: dict[str, str]) -> str:
    emulator.send_thin(form["style"] == "thin")
    return f"Webhooks are {form['style']} events from now on."


def _retries(emulator: "Emulator", form: dict[str, str]) -> str:
    emulator.set_after_retries(form["status"])  # type: ignore[arg-type]
    return "That is what becomes of unpaid subscriptions."


ACTIONS: dict[str, Action] = {
    "advance": _advance,
    "fail": _fail,
    "send": _send,
    "drop": _drop,
    "duplicate": _duplicate,
    "hold": _hold,
    "release": _release,
    "switch": _switch,
    "retries": _retries,
}


def _page(emulator: "Emulator", said: str) -> str:
    done = f'<p class="done" role="status">{escape(said)}</p>' if said else ""
    parts = _clock(emulator) + _webhooks(emulator) + _calls(emulator)
    events, customers = _events(emulator.store), _customers(emulator.store)
    return page(
        "Console",
        f"<h1>Console</h1>{done or '<p class=muted>What Stripe would do by itself, at your word.</p>'}"
        f'{app_link(emulator.store)}<div class="columns">{parts}</div>{customers}{events}',
        wide=True,
    )


def _clock(emulator: "Emulator") -> str:
    buttons = "".join(
        f'<button name="step" value="{step}">+ {words}</button>' for step, words in STEPS.items()
    )
    time = f"<p><b>{minute(emulator.store.now)}</b> UTC</p>"
    form = f'<form method="post" class="row">{fields(action="advance")}{buttons}</form>'
    return section(
        "Clock", f'{time}<p class="muted">What falls due on the way is done in its order.</p>{form}'
    )


def _webhooks(emulator: "Emulator") -> str:
    endpoints = emulator.store.all("webhook_endpoint")
    listed = "".join(f"<li><code>{escape(one['url'])}</code></li>" for one in endpoints)
    waiting = emulator.store.sql("select count(*) from deliveries where state = 'pending'")[0][0]
    is_thin = any(one["_is_thin"] for one in endpoints)
    style = "snapshot" if is_thin else "thin"
    buttons = [_button("Lose the next", action="drop"), _button("Double the next", action="duplicate")]
    if emulator.sender.is_holding:
        buttons.append(_button("Send what is held", action="release"))
        buttons.append(_button("Send it in reverse", action="release", order="reversed"))
    else:
        buttons.append(_button("Hold back", action="hold"))
    buttons.append(_button(f"Send {style} events", action="switch", style=style))
    return section(
        "Webhooks",
        f'<ul>{listed or "<li>No endpoint is registered.</li>"}</ul><p class="muted">{waiting} waiting</p>'
        f'<div class="row">{"".join(buttons)}</div>',
    )


def _calls(emulator: "Emulator") -> str:
    faults = "".join(f'<option value="{fault}">{words}</option>' for fault, words in FAULTS.items())
    planned = ", ".join(map(str, emulator.faults)) or "none"
    fail = (
        f'<form method="post" class="row">{fields(action="fail")}<label>The next call'
        f'<select name="fault">{faults}</select></label><button>Have it fail</button></form>'
        f'<p class="muted">Planned: {planned}</p>'
    )
    chosen = emulator.store.after_retries
    ends = "".join(
        f'<option value="{status}"{" selected" if status == chosen else ""}>{words}</option>'
        for status, words in {
            "cancel": "It is canceled",
            "unpaid": "It is unpaid",
            "past_due": "It stays past due",
        }.items()
    )
    after = (
        f'<form method="post" class="row">{fields(action="retries")}<label>After the last attempt to pay'
        f'<select name="status">{ends}</select></label><button>Set</button></form>'
    )
    return section("Calls and payments", fail + after)


def _button(words: str, **hidden: str) -> str:
    return f'<form method="post">{fields(**hidden)}<button>{escape(words)}</button></form>'


def _customers(store: Store) -> str:
    """The newest subscriptions, with what was paid last."""
    rows = [_subscription(store, one) for one in store.all("subscription")[:10]]
    table = f'<div class="scroll"><table>{"".join(rows)}</table></div>' if rows else "<p>None so far.</p>"
    return section("Subscriptions", table)


def _subscription(store: Store, one: Json) -> str:
    customer = store.get("customer", one["customer"])
    invoice = store.get("invoice", one["latest_invoice"])
    words = ", ".join(
        f"{item['quantity'] or ''} {store.get('product', item['price']['product'])['name']}".strip()
        for item in one["items"]["data"]
    )
    link = f'<a href="/invoice/{invoice["id"]}">{money(invoice["total"], invoice["currency"])}</a>'
    name = customer["email"] or customer["name"] or customer["id"]
    return row(escape(name), escape(words), badge(one["status"]), link)


def _events(store: Store) -> str:
    rows = "".join(_event(store, event) for event in store.all("event")[:SHOWN])
    table = f'<div class="scroll"><table>{rows}</table></div>' if rows else "<p>None so far.</p>"
    return section("Events, the newest first", table)


def _event(store: Store, event: Json) -> str:
    sent = store.sql(
        "select state, attempts, status from deliveries where event = ? order by id", event["id"]
    )
    states = " ".join(
        f"{badge(state)} <small>{attempts} × {status or 'no answer'}</small>" if attempts else badge(state)
        for state, attempts, status in sent
    )
    body = escape(json.dumps(whole(event), indent=2))
    kind = f"<details><summary>{escape(event['type'])}</summary><pre>{body}</pre></details>"
    again = _button("Send again", action="send", event=event["id"])
    return row(f"{kind}<small>{minute(event['created'])}</small>", f"<div>{states}</div>{again}")
