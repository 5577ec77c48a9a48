"""Errors that a person can act on.

Modules subclass `ApplicationError` in their `interface.py`. `core.http` turns one into a page or a problem document
(RFC 9457); nothing else needs to know about status codes.
"""

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class ApplicationError(Exception):
    """Something that was asked for can't be done, and why.

    :param message: what happened and what to do next, for the person who asked; the class's own text when left out
    :param fields: messages by field name, for forms and problem documents
    """

    code = "application_error"
    status = 400
    #: The template of its own page, where the one for its status would say too little.
    page = ""
    #: The address where it can be mended, if there is one.
    remedy_url = ""
    message: str | Promise = _("That didn't work.")

    def __init__(
        self, message: str | Promise | None = None, *, fields: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.message = message or self.message
        self.fields = {name: list(messages) for name, messages in (fields or {}).items()}
        super().__init__(str(self.message))


class Invalid(ApplicationError):
    """The input breaks a rule. `fields` says which."""

    code = "invalid"
    message = _("Some of what you entered needs another look.")


class NotAuthenticated(ApplicationError):
    """Nobody is signed in, or the credential is not valid."""

    code = "not_authenticated"
    status = 401
    message = _("Sign in first.")
    #: What the header WWW-Authenticate asks for.
    challenge = "Bearer"


class PermissionDenied(ApplicationError):
    """The actor's role does not include what this needs.

    :param permission: the permission that is missing, such as `members.invite`
    """

    code = "permission_denied"
    status = 403
    message = _("Your role doesn't include this.")

    def __init__(self, message: str | Promise | None = None, *, permission: str = "") -> None:
        self.permission = permission
        super().__init__(message)


class NotFound(ApplicationError):
    """It does not exist, or the actor may not know that it does."""

    code = "not_found"
    status = 404
    message = _("We can't find that.")


class Conflict(ApplicationError):
    """The present state of things does not allow it."""

    code = "conflict"
    status = 409
    message = _("That is no longer possible. Reload the page and look again.")


class TooLarge(ApplicationError):
    """What was sent is longer than we read."""

    code = "too_large"
    status = 413
    message = _("What you sent is too large.")


class Unavailable(ApplicationError):
    """Something we depend on does not answer just now."""

    code = "unavailable"
    status = 503
    message = _("We can't do this right now. Try again in a minute.")
