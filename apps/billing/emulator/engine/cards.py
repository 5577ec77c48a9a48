"""Test cards and bank accounts, and what their banks say."""

from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.store import Json, Store

CARDS = {
    "4242424242424242": ("visa", "good"),
    "5555555555554444": ("mastercard", "good"),
    "378282246310005": ("amex", "good"),
    "4000000000000002": ("visa", "card_declined"),
    "4000000000009995": ("visa", "insufficient_funds"),
    "4000000000000069": ("visa", "expired_card"),
    "4000000000000341": ("visa", "fails_later"),
    "4000002500003155": ("visa", "authenticate_once"),
    "4000000000003220": ("visa", "authenticate_once"),
    "4000002760003184": ("visa", "authenticate_always"),
    "000123456789": ("bank", "pays_later"),
    "000222222227": ("bank", "refuses_later"),
}
LATER = {"pays_later": True, "refuses_later": False}  # debits, and whether they succeed
TOKENS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_authenticationRequired": "4000002760003184",
}
REFUSALS = {
    "card_declined": "Your card was declined.",
    "fails_later": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "authentication_required": "Your bank asks you to confirm this payment.",
}


def refusal(card: Json | None, *, confirmed: bool) -> ApiError | None:
    """What a bank says to a charge: nothing if it agrees. `confirmed` is whether the customer did, just now."""
    if card is None:
        return ApiError(400, "This customer has no attached payment source or default payment method.")
    behaviour = card["_behaviour"]
    if behaviour == "good" or behaviour in LATER or (behaviour.startswith("authenticate") and confirmed):
        return None
    reason = "authentication_required" if behaviour.startswith("authenticate") else behaviour
    code = {"insufficient_funds": "card_declined", "fails_later": "card_declined"}.get(reason, reason)
    declined = {"insufficient_funds": "insufficient_funds", "card_declined": "generic_decline"}.get(reason)
    return ApiError(402, REFUSALS[reason], "card_error", code=code, decline_code=declined)


def name_of(card: Json) -> str:
    """“Visa 4242”, or the bank account."""
    if card["type"] == "card":
        return f"{card['card']['brand'].title()} {card['card']['last4']}"
    return f"Bank account {card['us_bank_account']['last4']}"


def card_of(store: Store, thing: Json) -> Json | None:
    """The card that pays for a subscription or an invoice."""
    customer = store.get("customer", thing["customer"])
    chosen = thing["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]
    return store.get("payment_method", chosen) if chosen else None
