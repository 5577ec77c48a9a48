"""By what people show who they are, in RFC 8176's names: the same for browsers and for apps."""

from typing import Any

#: allauth's names for it. What is not among them keeps its own.
NAMES = {
    "password": "pwd",
    "code": "otp",
    "totp": "otp",
    "recovery_codes": "otp",
    "webauthn": "hwk",
    "socialaccount": "fed",
}
SECOND = "mfa"


def methods_of(records: list[dict[str, Any]]) -> list[str]:
    """Return the methods of a log-in of which allauth keeps these records, with `mfa` if one of them came second."""
    found = [NAMES.get(name := record.get("type") or record["method"], name) for record in records]
    came_second = any(record["method"] == "mfa" and not record.get("passwordless") for record in records)
    return list(dict.fromkeys([*found, SECOND] if came_second else found))
