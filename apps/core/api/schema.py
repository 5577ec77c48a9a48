"""Our part of the OpenAPI schema: every operation may answer with a problem document."""

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

Problem = inline_serializer(
    "Problem",
    fields={
        "type": serializers.CharField(),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "code": serializers.CharField(help_text="Stable; switch on this."),
        "request_id": serializers.CharField(),
        "errors": serializers.DictField(
            child=serializers.ListField(child=serializers.CharField()), required=False
        ),
    },
)
ANSWERS = {
    "400": "Something in the request is not valid; `errors` says what. Or a session names no workspace.",
    "401": "No valid key, token or session.",
    "403": "The role does not include this.",
}
ANSWERS_TO_BODIES = {
    "409": "It clashes with what is there, such as a name that is taken.",
    "413": "The body is too large.",
    "415": "The body is not `application/json`.",
}


class ProblemAutoSchema(AutoSchema):
    """Adds problem documents to each operation's answers."""

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> Any:
        answers = dict(ANSWERS)
        if "{" in self.path:
            answers["404"] = "Not in this workspace."
        if self.method in ("POST", "PUT", "PATCH"):
            answers |= ANSWERS_TO_BODIES
        bodies = super()._get_response_bodies(direction)
        for status, description in sorted(answers.items()):
            body = self._get_response_for_code(Problem, status, ["application/problem+json"])
            bodies[status] = {**body, "description": description}
        return bodies
