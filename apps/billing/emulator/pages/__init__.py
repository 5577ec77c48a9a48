"""The pages that Stripe would host."""

from html import escape
from typing import TYPE_CHECKING

from apps.billing.emulator.errors import ApiError

if TYPE_CHECKING:
    from apps.billing.emulator.emulator import Emulator

Page = tuple[int, str, dict[str, str]]

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Pay with a test card</title><style>:root{{color-scheme:light dark;font:16px/1.5 system-ui}}
body{{max-width:26rem;margin:3rem auto;padding:0 1rem}}input,button{{font:inherit;width:100%;box-sizing:border-box;
padding:.6rem;margin:.4rem 0}}</style><h1>Pay with a test card</h1><p role="alert">{problem}</p>
<form method="post"><label>Card number<input name="number" value="{number}" inputmode="numeric"></label>
{confirm}<button>Pay</button></form>"""


def answer(emulator: "Emulator", method: str, path: str, form: dict[str, str]) -> Page:
    if not path.startswith("/checkout/"):
        return 404, "There is no such page.", {}
    session, problem, confirm = path.rsplit("/", 1)[1], "", ""
    if method == "POST":
        try:
            number = form.get("number", "").replace(" ", "")
            done = emulator.pay(session, number, confirmed="confirmed" in form)
            target = (done["success_url"] or "/").replace("{CHECKOUT_SESSION_ID}", session)
            return 303, "", {"Location": target}
        except ApiError as error:
            problem = str(error)
            if error.body["error"].get("code") == "authentication_required":
                confirm = '<input type="hidden" name="confirmed" value="yes">'
    number = escape(form.get("number", "4242424242424242"))
    page = PAGE.format(problem=escape(problem), number=number, confirm=confirm)
    return 402 if problem else 200, page, {}
