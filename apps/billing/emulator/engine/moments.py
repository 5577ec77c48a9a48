"""When something falls due by itself, and what."""

from typing import Any

from apps.billing.emulator.engine.calendar import DAY

OVER = ("canceled", "incomplete_expired")
TIME_TO_PAY = 23 * 60 * 60  # the first invoice of a subscription
NOTICE = 3 * DAY  # before a trial ends and before a renewal


def next_moment(thing: dict[str, Any]) -> tuple[int, str] | None:
    """The next thing to do about an object, and when; what comes first in a list goes first."""
    found = {"subscription": _of_subscription, "invoice": _of_invoice, "checkout.session": _of_session}
    moments = found[thing["object"]](thing) if thing["object"] in found else []
    return min(moments, key=lambda moment: moment[0], default=None)


def _of_subscription(thing: dict[str, Any]) -> list[tuple[int, str]]:
    status, moments = thing["status"], []
    if status in OVER or not thing.get("items"):
        return []
    if thing["cancel_at"]:
        moments.append((thing["cancel_at"], "cancel"))
    if (pause := thing["pause_collection"]) and pause["resumes_at"]:
        moments.append((pause["resumes_at"], "resume_collection"))
    if status == "trialing":
        moments.append((thing["trial_end"], "trial_end"))
        if not thing["_told"]:
            moments.append((thing["trial_end"] - NOTICE, "trial_will_end"))
    if status == "incomplete":
        moments.append((thing["created"] + TIME_TO_PAY, "expire"))
    if status in ("active", "past_due", "unpaid"):
        end = thing["items"]["data"][0]["current_period_end"]
        moments.append((end, "renew"))
        if thing["_told"] != end and status != "unpaid" and not thing["cancel_at"]:
            moments.append((end - NOTICE, "invoice_upcoming"))
    return moments


def _of_invoice(thing: dict[str, Any]) -> list[tuple[int, str]]:
    moments = [(thing["next_payment_attempt"], "retry"), (thing["_debited_at"], "debit")]
    return [(moment, what) for moment, what in moments if moment]


def _of_session(thing: dict[str, Any]) -> list[tuple[int, str]]:
    return [(thing["expires_at"], "expire_session")] if thing["status"] == "open" else []
