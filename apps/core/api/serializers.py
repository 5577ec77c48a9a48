"""What API serializers share."""

from copy import deepcopy
from datetime import UTC
from typing import Any, ClassVar, TypeVar

from django.db import models
from django.utils.functional import cached_property
from rest_framework import serializers

Row = TypeVar("Row", bound=models.Model)


class DateTimeField(serializers.DateTimeField):
    """A time in UTC: the API knows no reader's time zone."""

    timezone = UTC


class ModelSerializer(serializers.ModelSerializer[Row]):
    """DRF's, whose fields are read from the model once: DRF would do so for each request.

    A subclass that chooses its fields by the request overrides `get_fields`.
    """

    serializer_field_mapping: ClassVar = serializers.ModelSerializer.serializer_field_mapping | {
        models.DateTimeField: DateTimeField
    }

    def get_fields(self) -> dict[str, Any]:
        kind = type(self)
        if "_fields_of_model" not in vars(kind):
            kind._fields_of_model = super().get_fields()  # type: ignore[attr-defined]
        return deepcopy(kind._fields_of_model)  # type: ignore[attr-defined]

    @cached_property
    def _readable_fields(self) -> list[Any]:  # DRF would choose them for each row
        return [field for field in self.fields.values() if not field.write_only]
