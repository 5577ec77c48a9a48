"""The pages that Stripe would host."""

from typing import TYPE_CHECKING

from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.pages import checkout, console, invoice, portal
from apps.billing.emulator.pages.look import alert, page

if TYPE_CHECKING:
    from apps.billing.emulator.emulator import Emulator

Page = tuple[int, str, dict[str, str]]
PAGES = {"": console.answer, "checkout": checkout.answer, "invoice": invoice.answer, "portal": portal.answer}


def answer(emulator: "Emulator", method: str, path: str, form: dict[str, str]) -> Page:
    """A status, a document and headers."""
    kind, _, identifier = path.strip("/").partition("/")
    try:
        if kind in PAGES:
            return PAGES[kind](emulator, method, identifier, form)
    except ApiError as error:
        return error.status, page("Not found", alert(str(error))), {}
    return 404, page("Not found", "<h1>There is no such page</h1>"), {}
