"""The API's pages; see `apps.core.pages`."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from apps.core.errors import Invalid
from apps.core.pages import PAGE_SIZE, Page, page_of

LARGEST_PAGE = 200


class CursorPages(BasePagination):
    """`?cursor=` and `?page_size=`. The answer holds `next`, `previous` (addresses or null) and `results`."""

    request: Request
    page: Page[Any]

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: Any = None) -> list[Any]:
        self.request = request
        self.page = page_of(
            queryset, cursor=request.query_params.get("cursor", ""), size=_size(request.query_params)
        )
        return list(self.page.rows)

    def get_paginated_response(self, data: Any) -> Response:
        links = {"next": self._link(self.page.next), "previous": self._link(self.page.previous)}
        return Response({**links, "results": data})

    def _link(self, cursor: str) -> str | None:
        return replace_query_param(self.request.build_absolute_uri(), "cursor", cursor) if cursor else None

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE_SIZE}
        return [
            _parameter(
                "cursor", "Where a page begins. Take it from `next` or `previous`.", {"type": "string"}
            ),
            _parameter("page_size", "How many results a page holds.", size),
        ]


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _size(parameters: Any) -> int:
    given = parameters.get("page_size", str(PAGE_SIZE))
    if given.isascii() and given.isdecimal() and len(given) < 5 and 1 <= int(given) <= LARGEST_PAGE:
        return int(given)
    message = _("Give a whole number from 1 to %(largest)d.") % {"largest": LARGEST_PAGE}
    raise Invalid(fields={"page_size": [message]})
