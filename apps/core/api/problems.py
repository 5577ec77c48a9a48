"""DRF's errors as problem documents."""

from typing import Any

from django.http import HttpResponse
from rest_framework import exceptions

from apps.core import refusals
from apps.core.errors import ApplicationError
from apps.core.http.errors import problem, translate


def problem_response(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Return the problem document for an error in an API view, or None for a defect of ours."""
    found = _from_drf(error) if isinstance(error, exceptions.APIException) else translate(error)
    if found is None:
        return None
    request = context["request"]._request
    refusals.tell(request, found)
    response = problem(request, found)
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = str(int(wait))
    return response


def _from_drf(error: exceptions.APIException) -> ApplicationError:
    found = ApplicationError(_title(error), fields=_fields(error))
    found.status = error.status_code
    found.code = "invalid" if isinstance(error, exceptions.ValidationError) else str(error.default_code)
    return found


def _title(error: exceptions.APIException) -> str:
    if isinstance(error, exceptions.ValidationError):
        return "Some fields need another look."
    return str(error.detail)


def _fields(error: exceptions.APIException) -> dict[str, list[str]]:
    if not isinstance(error, exceptions.ValidationError):
        return {}
    detail = error.detail if isinstance(error.detail, dict) else {"": error.detail}
    return {name or "non_field_errors": _messages(value) for name, value in detail.items()}


def _messages(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [message for inner in value.values() for message in _messages(inner)]
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]
