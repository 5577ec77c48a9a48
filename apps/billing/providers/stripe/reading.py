"""Reading Stripe's objects, as dictionaries, into our values."""

from datetime import UTC, datetime
from typing import Any

from apps.billing.providers.base import UnreadableEvent
from apps.billing.providers.values import (
    ChargeState,
    Checkout,
    DisputeState,
    EventNotice,
    InvoiceState,
    MeterReport,
    Preview,
    PreviewLine,
    PriceState,
    SubscriptionState,
)

# Of disputes:
OVER = ("won", "lost", "warning_closed", "prevented")
UNANSWERED = ("needs_response", "warning_needs_response")


def event_notice(body: Any) -> EventNotice:
    """Read a webhook's body: a snapshot event, or a thin one (`v1.invoice.paid`, with a `related_object`).

    :raises UnreadableEvent: if it is neither
    """
    try:
        if body["object"] == "v2.core.event":
            about = body.get("related_object") or {}
            kind, customer = about.get("type", ""), ""
        else:
            about = body["data"]["object"]
            kind, customer = about["object"], about.get("customer") or ""
        identifier = str(about.get("id") or "")
        return EventNotice(
            event_id=str(body["id"])[:128],
            type=str(body["type"]).removeprefix("v1.")[:128],
            object_type=str(kind)[:64],
            object_id=identifier[:128],
            customer_id=(identifier if kind == "customer" else _id_of(customer))[:64],
            livemode=bool(body["livemode"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise UnreadableEvent from error


def subscription_state(found: dict[str, Any]) -> SubscriptionState:
    """Read a subscription. Its period is that of its items; a plan is named by the metadata of its price."""
    items = found["items"]["data"]
    ours = [item for item in items if item["price"].get("metadata", {}).get("plan")]
    main: dict[str, Any] = min(ours, key=is_metered, default={"price": {"metadata": {}}})
    price = main["price"]
    starts = [item["current_period_start"] for item in items if item.get("current_period_start")]
    ends = [item["current_period_end"] for item in items if item.get("current_period_end")]
    # Flexible billing sets `cancel_at` alone, classic billing this flag.
    cancel_at = found.get("cancel_at")
    if cancel_at is None and found.get("cancel_at_period_end"):
        cancel_at = max(ends, default=None)
    return SubscriptionState(
        id=found["id"],
        status=found["status"],
        plan=price["metadata"].get("plan", ""),
        lookup_key=price["metadata"].get("lookup_key") or price.get("lookup_key") or "",
        item_id=main.get("id", ""),
        quantity=main.get("quantity") or 0,
        unit_amount=price.get("unit_amount") or 0,
        interval=(price.get("recurring") or {}).get("interval", ""),
        currency=found["currency"],
        collection_method=found.get("collection_method") or "",
        collection_paused=bool(found.get("pause_collection")),
        period_start=_time(min(starts, default=None)),
        period_end=_time(max(ends, default=None)),
        trial_end=_time(found.get("trial_end")),
        cancel_at=_time(cancel_at),
        ended_at=_time(found.get("ended_at")),
        started_at=_required_time(found["created"]),
    )


def invoice_state(found: dict[str, Any]) -> InvoiceState:
    """Read an invoice; its subscription stands in its `parent`."""
    details = (found.get("parent") or {}).get("subscription_details") or {}
    return InvoiceState(
        id=found["id"],
        subscription_id=_id_of(details.get("subscription") or ""),
        number=found.get("number") or "",
        status=found.get("status") or "draft",
        billing_reason=found.get("billing_reason") or "",
        currency=found["currency"],
        total=found["total"],
        amount_paid=found["amount_paid"],
        amount_remaining=found["amount_remaining"],
        attempts=found.get("attempt_count") or 0,
        next_attempt_at=_time(found.get("next_payment_attempt")),
        url=found.get("hosted_invoice_url") or "",
        issued_at=_required_time(found["created"]),
    )


def charge_state(found: dict[str, Any]) -> ChargeState:
    """Read a charge."""
    return ChargeState(amount=found["amount"], refunded=found["amount_refunded"], currency=found["currency"])


def dispute_state(found: dict[str, Any]) -> DisputeState:
    """Read a dispute."""
    return DisputeState(
        amount=found["amount"],
        currency=found["currency"],
        reason=found.get("reason") or "",
        status=found["status"],
        is_over=found["status"] in OVER,
        needs_answer=found["status"] in UNANSWERED,
        answer_due_at=_time((found.get("evidence_details") or {}).get("due_by")),
        opened_at=_required_time(found["created"]),
    )


def meter_report(data: dict[str, Any]) -> MeterReport:
    """Read the data of an event of version 2 about meter events that were refused."""
    kinds = (data.get("reason") or {}).get("error_types") or []
    counts = ", ".join(f"{kind['error_count']} × {kind['code']}" for kind in kinds)
    return MeterReport(
        summary=" ".join(filter(None, [data.get("developer_message_summary"), counts and f"({counts})"])),
        examples=tuple(
            (one["request"]["identifier"], one["error_message"])
            for kind in kinds
            for one in kind.get("sample_errors") or []
        ),
    )


def price_state(found: dict[str, Any], meters: dict[str, str]) -> PriceState:
    """Read a price; `meters` are the meters' names by id."""
    options = found.get("currency_options") or {found["currency"]: {"unit_amount": found["unit_amount"]}}
    return PriceState(
        id=found["id"],
        lookup_key=found["lookup_key"],
        plan=found["metadata"].get("plan", ""),
        interval=found["recurring"]["interval"],
        amounts={currency.upper(): option["unit_amount"] for currency, option in options.items()},
        meter=meters.get(found["recurring"].get("meter") or "", ""),
    )


def is_metered(item: dict[str, Any]) -> bool:
    """Tell whether an item is charged by what was used."""
    return (item["price"].get("recurring") or {}).get("usage_type") == "metered"


def payment_method(customer: dict[str, Any], subscriptions: list[dict[str, Any]]) -> str:
    """Return “visa 4242”: what pays for a living subscription, else what the customer would pay with."""
    living = [one for one in subscriptions if not one.get("ended_at")]
    chosen = [one.get("default_payment_method") for one in living]
    chosen.append((customer.get("invoice_settings") or {}).get("default_payment_method"))
    method = next((one for one in chosen if isinstance(one, dict)), None)
    if method is None:
        return ""
    card = method.get("card")
    return f"{card['brand']} {card['last4']}" if card else str(method["type"])


def checkout(found: dict[str, Any]) -> Checkout:
    """Read a checkout session."""
    return Checkout(id=found["id"], status=found["status"], url=found.get("url") or "")


def preview(found: dict[str, Any], metered: set[str]) -> Preview:
    """Read an invoice that does not exist yet; `metered` are the prices by which usage is charged."""
    lines = tuple(
        PreviewLine(text=line.get("description") or "", amount=line["amount"])
        for line in found["lines"]["data"]
    )
    return Preview(
        currency=found["currency"],
        due=found["amount_due"],
        total=found["total"],
        used=sum(line["amount"] for line in found["lines"]["data"] if _price_of(line) in metered),
        lines=lines,
    )


def _price_of(line: dict[str, Any]) -> str:
    details = (line.get("pricing") or {}).get("price_details") or {}
    return _id_of(details.get("price") or "")


def _id_of(value: Any) -> str:
    """Return the id of a reference, which may be expanded."""
    return str(value.get("id", "") if isinstance(value, dict) else value)


def _time(seconds: int | None) -> datetime | None:
    return None if seconds is None else _required_time(seconds)


def _required_time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)
