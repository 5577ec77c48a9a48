"""Changes of a subscription: its prices and seats, its end, and whether it is collected."""

from datetime import datetime
from typing import Any

import stripe

from apps.billing.interface import CardDeclined
from apps.billing.providers.stripe.catalogue import Catalogue
from apps.billing.providers.stripe.connection import translated
from apps.billing.providers.stripe.reading import is_metered, preview
from apps.billing.providers.values import Line, Preview


class Subscriptions(Catalogue):
    def preview(
        self, *, subscription_id: str, lines: tuple[Line, ...], at: datetime, ends_trial: bool = False
    ) -> Preview:
        change: Any = self._change(subscription_id, lines, at, ends_trial)
        with translated():
            found = self._api.invoices.create_preview(
                {"subscription": subscription_id, "subscription_details": change}
            )
        present = [item["price"]["id"] for item in self._items_of(subscription_id) if is_metered(item)]
        wanted = [item["price"] for item in change["items"] if not item.keys() & {"quantity", "deleted"}]
        return preview(found.to_dict(), {*present, *wanted})

    def change_price(
        self,
        *,
        subscription_id: str,
        lines: tuple[Line, ...],
        at: datetime,
        ends_trial: bool = False,
        key: str,
    ) -> None:
        change: Any = self._change(subscription_id, lines, at, ends_trial)
        # Otherwise Stripe changes it though the card is declined, and a payment is missing from then on.
        change["payment_behavior"] = "error_if_incomplete"
        with translated():
            try:
                self._api.subscriptions.update(subscription_id, change, {"idempotency_key": key})
            except stripe.CardError as error:
                raise CardDeclined from error

    def set_quantity(self, *, subscription_id: str, item_id: str, quantity: int, key: str) -> None:
        with translated():
            self._api.subscriptions.update(
                subscription_id,
                {"items": [{"id": item_id, "quantity": quantity}]},
                {"idempotency_key": key},
            )

    def cancel(self, *, subscription_id: str, at_period_end: bool, key: str) -> None:
        options: Any = {"idempotency_key": key}
        with translated():
            if at_period_end:
                self._api.subscriptions.update(subscription_id, {"cancel_at_period_end": True}, options)
            else:
                self._api.subscriptions.cancel(subscription_id, {}, options)

    def resume(self, *, subscription_id: str, key: str) -> None:
        with translated():
            self._api.subscriptions.update(
                subscription_id, {"cancel_at_period_end": False}, {"idempotency_key": key}
            )

    def pause_collection(self, *, subscription_id: str, key: str) -> None:
        with translated():
            self._api.subscriptions.update(
                subscription_id, {"pause_collection": {"behavior": "void"}}, {"idempotency_key": key}
            )

    def resume_collection(self, *, subscription_id: str, key: str) -> None:
        with translated():
            self._api.subscriptions.update(
                subscription_id, {"pause_collection": ""}, {"idempotency_key": key}
            )

    def _items_of(self, subscription_id: str) -> list[dict[str, Any]]:
        with translated():
            return list(self._api.subscriptions.retrieve(subscription_id).to_dict()["items"]["data"])

    def _change(
        self, subscription_id: str, lines: tuple[Line, ...], at: datetime, ends_trial: bool
    ) -> dict[str, Any]:
        """Return the change from a subscription's lines to others: what is licensed is exchanged, the rest replaced."""
        present, wanted = self._items_of(subscription_id), self._items(lines)
        present.sort(key=lambda item: item.get("quantity") is None)
        items = [{"id": old["id"]} | new for old, new in zip(present, wanted, strict=False)]
        items += wanted[len(present) :]
        items += [{"id": old["id"], "deleted": True} for old in present[len(wanted) :]]
        change = {
            "items": items,
            "proration_behavior": "always_invoice",
            "proration_date": int((at + self._ahead).timestamp()),
        }
        return change | ({"trial_end": "now"} if ends_trial else {})
