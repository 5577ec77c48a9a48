"""Products, meters and prices: the catalogue of the plans at Stripe."""

from typing import Any

from apps.billing.providers.base import UnknownPrice
from apps.billing.providers.stripe.connection import PAGE, Connection, translated
from apps.billing.providers.stripe.reading import price_state
from apps.billing.providers.values import Line, PriceState


class Catalogue(Connection):
    def list_prices(self) -> tuple[PriceState, ...]:
        with translated():
            meters = {meter_id: name for name, meter_id in self._meters().items()}
            found = self._api.prices.list(
                {"active": True, "type": "recurring", "limit": PAGE, "expand": ["data.currency_options"]}
            )
            rows = [price.to_dict() for price in found.auto_paging_iter()]
        return tuple(
            price_state(row, meters) for row in rows if row["lookup_key"] and row["metadata"].get("plan")
        )

    def create_price(self, *, price: PriceState, plan_name: str) -> None:
        (currency, amount), *others = price.amounts.items()
        recurring: Any = {"interval": price.interval}
        with translated():
            if price.meter:
                recurring |= {"usage_type": "metered", "meter": self._ensure_meter(price.meter)}
            asked: Any = {
                "product": self._ensure_product(price.plan, plan_name),
                "lookup_key": price.lookup_key,
                "transfer_lookup_key": True,
                "currency": currency.lower(),
                "unit_amount": amount,
                "recurring": recurring,
                # A former price has no key any more, and is to be known by those who still pay it.
                "metadata": {"plan": price.plan, "lookup_key": price.lookup_key},
            }
            if others:
                asked["currency_options"] = {code.lower(): {"unit_amount": amount} for code, amount in others}
            self._api.prices.create(asked)

    def archive_price(self, *, price_id: str) -> None:
        with translated():
            self._api.prices.update(price_id, {"active": False})

    def _ensure_product(self, plan: str, name: str) -> str:
        for product in self._api.products.list({"active": True, "limit": PAGE}).auto_paging_iter():
            if product.metadata.to_dict().get("plan") == plan:
                return product.id
        return self._api.products.create({"name": name, "metadata": {"plan": plan}}).id

    def _ensure_meter(self, name: str) -> str:
        known = self._meters().get(name)
        return (
            known
            or self._api.billing.meters.create(
                {"display_name": name, "event_name": name, "default_aggregation": {"formula": "sum"}}
            ).id
        )

    def _meters(self) -> dict[str, str]:
        """Return the meters' ids by what they count."""
        found = self._api.billing.meters.list({"status": "active", "limit": PAGE})
        return {meter.event_name: meter.id for meter in found.auto_paging_iter()}

    def _items(self, lines: tuple[Line, ...]) -> list[dict[str, Any]]:
        """Return lines as Stripe takes them: with its own prices."""
        keys = [line.lookup_key for line in lines]
        with translated():
            found = self._api.prices.list({"lookup_keys": keys, "active": True}).data
        prices = {price.lookup_key: price.id for price in found}
        if missing := set(keys) - prices.keys():
            raise UnknownPrice(
                f"Stripe lacks {', '.join(sorted(missing))}: run `manage.py billing sync-catalogue`."
            )
        return [
            {"price": prices[line.lookup_key]}
            | ({} if line.quantity is None else {"quantity": line.quantity})
            for line in lines
        ]
