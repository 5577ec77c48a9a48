"""Taking a card on, without a payment."""

from apps.billing.emulator.engine.cards import TOKENS, refusal
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.publishing import publish
from apps.billing.emulator.resources import payment_methods
from apps.billing.emulator.routing import readable, relabel, route
from apps.billing.emulator.store import Json, Store

readable("setup_intents", "setup_intent", "SetupIntent")


@route("POST", "setup_intents", "SetupIntentCreateParams")
def create(store: Store, params: Json) -> Json:
    method = params.get("payment_method")
    intent = store.create(
        "setup_intent",
        "seti",
        customer=store.get("customer", params["customer"])["id"] if params.get("customer") else None,
        description=params.get("description"),
        usage=params.get("usage", "off_session"),
        payment_method=method,
        payment_method_types=["card"],
        status="requires_confirmation" if method else "requires_payment_method",
        last_setup_error=None,
        next_action=None,
        metadata=params.get("metadata") or {},
    )
    intent["client_secret"] = f"{intent['id']}_secret"
    store.save(intent)
    publish(store, "setup_intent.created", intent)
    return confirm(store, {}, intent["id"]) if params.get("confirm") else intent


@route("POST", "setup_intents/<identifier>/confirm", "SetupIntentConfirmParams")
def confirm(store: Store, params: Json, identifier: str) -> Json:
    """The card goes to the customer. One that wants confirming waits for it, as in a browser."""
    intent = _open(store, identifier)
    method = params.get("payment_method") or intent["payment_method"]
    if not method:
        raise ApiError(400, "You cannot confirm this SetupIntent because it's missing a payment method.")
    is_token = method in TOKENS
    card = (
        payment_methods.make(store, TOKENS[method], {}) if is_token else store.get("payment_method", method)
    )
    refused = refusal(card, confirmed=False) if card["_behaviour"] != "fails_later" else None
    intent["payment_method"] = card["id"]
    if refused and refused.body["error"]["code"] == "authentication_required":
        intent |= {"status": "requires_action", "next_action": {"type": "use_stripe_sdk"}}
        publish(store, "setup_intent.requires_action", intent)
    elif refused:
        intent |= {"status": "requires_payment_method", "last_setup_error": refused.body["error"]}
        store.save(intent)
        publish(store, "setup_intent.setup_failed", intent)
        refused.keeps = True
        raise refused
    else:
        intent["status"] = "succeeded"
        if intent["customer"] and not card["customer"]:
            payment_methods.give(store, card, intent["customer"])
        publish(store, "setup_intent.succeeded", intent)
    store.save(intent)
    return intent


@route("POST", "setup_intents/<identifier>/cancel", "SetupIntentCancelParams")
def cancel(store: Store, params: Json, identifier: str) -> Json:
    intent = _open(store, identifier) | {"status": "canceled"}
    store.save(intent)
    publish(store, "setup_intent.canceled", intent)
    return intent


@route("POST", "setup_intents/<identifier>", "SetupIntentUpdateParams")
def update(store: Store, params: Json, identifier: str) -> Json:
    intent = store.get("setup_intent", identifier)
    relabel(intent, params)
    store.save(intent)
    return intent


def _open(store: Store, identifier: str) -> Json:
    intent = store.get("setup_intent", identifier)
    if intent["status"] in ("succeeded", "canceled"):
        raise ApiError(
            400, f"This SetupIntent is {intent['status']} already.", code="setup_intent_unexpected_state"
        )
    return intent
