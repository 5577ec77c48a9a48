from typing import Any

from rest_framework.permissions import IsAuthenticated

from tests.benchmarks.contenders.stock.customers.models import Membership


class IsMember(IsAuthenticated):
    """Lets members of the tenant in, who are all allowed to read."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return (
            super().has_permission(request, view)
            and Membership.objects.filter(client_id=request.tenant.pk, user_id=request.user.pk).exists()
        )
