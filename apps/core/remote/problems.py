"""Application errors on the wire: a problem document there, the same error again here."""

from collections.abc import Iterator, Mapping, Sequence
from inspect import signature
from typing import Any, get_type_hints

from apps.core.codec import decode, encode
from apps.core.errors import ApplicationError


def document(error: ApplicationError) -> dict[str, Any]:
    """Return the problem document (RFC 9457) of an error. `details` is what its class is made from."""
    return {
        "code": error.code,
        "status": error.status,
        "title": str(error.message),
        "details": {name: encode(getattr(error, name)) for name in _details(type(error))},
    }


def error_of(problem: Mapping[str, Any]) -> ApplicationError:
    """Return the error that a problem document was made from: of the same class, with the same fields.

    :raises LookupError, TypeError, ValueError: if it is none of ours
    """
    kind = _kinds()[problem["code"]]
    details = {
        name: decode(hint, problem["details"][name])
        for name, hint in _details(kind).items()
        if name in problem["details"]
    }
    if "message" in signature(kind).parameters:
        details["message"] = problem["title"]
    return kind(**details)


def _details(kind: type[ApplicationError]) -> dict[str, Any]:
    """Return the parameters of an error's class besides the message, each of which it keeps under the same name."""
    hints = get_type_hints(kind.__init__)
    names = set(signature(kind).parameters) - {"message"}
    return {name: Mapping[str, Sequence[str]] if name == "fields" else hints[name] for name in sorted(names)}


def _kinds() -> dict[str, type[ApplicationError]]:
    # One without a code of its own comes back as the class whose code it has.
    return {kind.code: kind for kind in _below(ApplicationError) if "code" in vars(kind)}


def _below(kind: type[ApplicationError]) -> Iterator[type[ApplicationError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _below(child)
