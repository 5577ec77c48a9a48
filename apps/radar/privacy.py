"""What is kept of people here: the filters they saved for themselves."""

from collections.abc import Mapping
from uuid import UUID

from apps.core.privacy import Rows
from apps.radar.models import SavedFilter


def tell(*, user_id: UUID) -> Mapping[str, Rows]:
    """Return a person's rows; see `apps.core.privacy`."""
    return {
        "saved_filters": SavedFilter.objects.filter(owner_id=user_id).values(
            "tenant_id", "name", "query", "is_shared", "created_at"
        )
    }


def forget(*, user_id: UUID) -> dict[str, int]:
    """Remove a person's rows; see `apps.core.privacy`. What they shared stays with the workspace."""
    own = SavedFilter.objects.filter(owner_id=user_id, is_shared=False)
    return {"radar_savedfilter": own.delete()[0]}
