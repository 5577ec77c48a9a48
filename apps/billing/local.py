"""Usage counted in this database, and sent on to the payment provider."""

from datetime import datetime
from uuid import UUID

from apps.billing.interface import Usage
from apps.billing.services.usage import usage_record


class LocalUsage(Usage):
    def record(
        self, *, tenant_id: UUID, meter: str, quantity: int, identifier: str, at: datetime | None = None
    ) -> None:
        usage_record(tenant_id=tenant_id, meter=meter, quantity=quantity, identifier=identifier, at=at)
