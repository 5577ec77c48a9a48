"""What API serializers share."""

from copy import deepcopy
from typing import Any, TypeVar

from django.db.models import Model
from rest_framework import serializers

Row = TypeVar("Row", bound=Model)


class ModelSerializer(serializers.ModelSerializer[Row]):
    """DRF's, whose fields are read from the model once: DRF would do so for each request.

    A subclass that chooses its fields by the request overrides `get_fields`.
    """

    def get_fields(self) -> dict[str, Any]:
        kind = type(self)
        if "_fields_of_model" not in vars(kind):
            kind._fields_of_model = super().get_fields()  # type: ignore[attr-defined]
        return deepcopy(kind._fields_of_model)  # type: ignore[attr-defined]
