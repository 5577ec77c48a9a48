"""Narrowing the API's lists. What a request asks for is understood or refused, never left out."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend  # type: ignore[import-untyped]
from django_filters.utils import translate_validation  # type: ignore[import-untyped]
from rest_framework.request import Request

from apps.core.errors import Invalid


class StrictFilterBackend(DjangoFilterBackend):
    """Filters a list by the view's `filterset_class`, which is asked only if the request asks for something.

    :raises Invalid: naming each parameter that the operation does not have
    """

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> Any:
        if view.detail:
            _refuse_unknown(request, set())
            return queryset
        pages = {found["name"] for found in view.paginator.get_schema_operation_parameters(view)}
        if set(request.query_params) <= pages:
            return queryset
        filterset = self.get_filterset(request, queryset, view)
        _refuse_unknown(request, pages | set(filterset.filters if filterset else ()))
        if not filterset.is_valid():
            raise translate_validation(filterset.errors)
        return filterset.qs


def _refuse_unknown(request: Request, known: set[str]) -> None:
    if unknown := set(request.query_params) - known:
        message = _("There is no such parameter here.")
        raise Invalid(fields={name: [message] for name in sorted(unknown)})
