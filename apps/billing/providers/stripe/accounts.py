"""Customers, and all that Stripe has of one."""

from uuid import UUID

import stripe

from apps.billing.providers.stripe.connection import PAGE, Connection, translated
from apps.billing.providers.stripe.moved_clock import earlier
from apps.billing.providers.stripe.reading import invoice_state, payment_method, subscription_state
from apps.billing.providers.values import AccountState


class Accounts(Connection):
    def get_account(self, *, customer_id: str) -> AccountState:
        with translated():
            try:
                customer = self._api.customers.retrieve(
                    customer_id, {"expand": ["invoice_settings.default_payment_method"]}
                ).to_dict()
            except stripe.InvalidRequestError as error:
                if error.http_status == 404:
                    return AccountState()
                raise
            if customer.get("deleted"):
                return AccountState()
            subscriptions = self._api.subscriptions.list(
                {
                    "customer": customer_id,
                    "status": "all",
                    "limit": PAGE,
                    "expand": ["data.default_payment_method"],
                }
            )
            found = [one.to_dict() for one in subscriptions.auto_paging_iter()]
            invoices = self._api.invoices.list({"customer": customer_id, "limit": PAGE})
            newest = [one.to_dict() for one in invoices.data]
        return AccountState(
            subscriptions=tuple(earlier(subscription_state(one), self._ahead) for one in found),
            invoices=tuple(earlier(invoice_state(one), self._ahead) for one in newest),
            payment_method=payment_method(customer, found),
        )

    def ensure_customer(self, *, account_id: UUID, name: str, email: str) -> str:
        with translated():
            # What may change is no part of what the key stands for. A customer made twice, days apart, is never billed.
            customer = self._api.customers.create(
                {"metadata": {"account": str(account_id)}},
                {"idempotency_key": f"customer-{account_id}-{'live' if self.livemode else 'test'}"},
            )
            self._api.customers.update(customer.id, {"name": name, "email": email})
        return customer.id

    def has_customer(self, *, customer_id: str) -> bool:
        with translated():
            try:
                return not self._api.customers.retrieve(customer_id).to_dict().get("deleted")
            except stripe.InvalidRequestError as error:
                if error.http_status == 404:
                    return False
                raise
