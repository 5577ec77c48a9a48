"""Stripe's errors, as its API writes them."""

from typing import Any


class ApiError(Exception):
    """What the caller is told: a status, and a message with Stripe's words for its kind."""

    keeps = False  # whether what was done until then stays done

    def __init__(self, status: int, message: str, kind: str = "invalid_request_error", **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message, **more}}


def missing(kind: str, identifier: str) -> ApiError:
    return ApiError(404, f"No such {kind}: '{identifier}'", code="resource_missing", param="id")
