"""Changing the endpoints of the workspace in scope."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit.interface import Values, audit
from apps.core import clock, outgoing, permissions, scope, webhook_events
from apps.core.errors import Invalid
from apps.webhooks.interface import EndpointNotFound, TooManyEndpoints
from apps.webhooks.models import Endpoint
from apps.webhooks.selectors import endpoints
from apps.webhooks.services import signing

MOST = 20
LONGEST_DESCRIPTION = 120
OVERLAP = timedelta(hours=24)  # how long a replaced secret signs too


def endpoint_add(*, url: str, events: Sequence[str], description: str = "") -> Endpoint:
    """Add an endpoint; `secret_of` says its secret, which is shown once.

    :raises PermissionDenied: if the actor may not manage webhooks
    :raises TooManyEndpoints: if the workspace has 20
    :raises Invalid: naming the fields that break a rule; an address must lead to the public internet
    """
    permissions.require("webhooks.manage")
    wanted = _checked(url=url, events=events, description=description)
    with transaction.atomic():
        if endpoints().count() >= MOST:
            raise TooManyEndpoints
        endpoint = Endpoint(**wanted)
        signing.renew(endpoint)
        endpoint.save()
        _record("webhooks.endpoint_added", endpoint, after=_recorded(endpoint))
    return endpoint


def endpoint_change(
    *,
    endpoint_id: UUID,
    url: str | None = None,
    events: Sequence[str] | None = None,
    description: str | None = None,
) -> Endpoint:
    """Change what is given of an endpoint.

    :raises PermissionDenied: if the actor may not manage webhooks
    :raises EndpointNotFound: if there is none with this id
    :raises Invalid: naming the fields that break a rule
    """
    permissions.require("webhooks.manage")
    given = {"url": url, "events": events, "description": description}
    wanted = _checked(**{name: value for name, value in given.items() if value is not None})
    with transaction.atomic():
        endpoint = _locked(endpoint_id)
        before = _recorded(endpoint)
        changed = [name for name, value in wanted.items() if getattr(endpoint, name) != value]
        if changed:
            for name in changed:
                setattr(endpoint, name, wanted[name])
            endpoint.save(update_fields=changed)
            _record("webhooks.endpoint_changed", endpoint, before=before, after=_recorded(endpoint))
    return endpoint


def secret_rotate(*, endpoint_id: UUID) -> Endpoint:
    """Give an endpoint a new secret. For 24 hours messages carry the signatures of both.

    :raises PermissionDenied: if the actor may not manage webhooks
    :raises EndpointNotFound: if there is none with this id
    """
    permissions.require("webhooks.manage")
    with transaction.atomic():
        endpoint = _locked(endpoint_id)
        endpoint.former_salt, endpoint.former_until = endpoint.salt, clock.now() + OVERLAP
        signing.renew(endpoint)
        endpoint.save(update_fields=["salt", "key_mark", "former_salt", "former_until"])
        _record("webhooks.secret_rotated", endpoint)
    return endpoint


def endpoint_enable(*, endpoint_id: UUID) -> Endpoint:
    """Turn an endpoint on. What happened meanwhile is not sent.

    :raises PermissionDenied: if the actor may not manage webhooks
    :raises EndpointNotFound: if there is none with this id
    """
    permissions.require("webhooks.manage")
    with transaction.atomic():
        endpoint = _locked(endpoint_id)
        if not endpoint.is_enabled:
            endpoint.disabled_at, endpoint.disabled_reason, endpoint.failing_since = None, "", None
            endpoint.save(update_fields=["disabled_at", "disabled_reason", "failing_since"])
            _record("webhooks.endpoint_enabled", endpoint)
    return endpoint


def endpoint_disable(*, endpoint_id: UUID) -> Endpoint:
    """Turn an endpoint off: nothing more is sent there, nor tried again.

    :raises PermissionDenied: if the actor may not manage webhooks
    :raises EndpointNotFound: if there is none with this id
    """
    permissions.require("webhooks.manage")
    with transaction.atomic():
        endpoint = _locked(endpoint_id)
        if endpoint.is_enabled:
            endpoint.disabled_at, endpoint.disabled_reason = clock.now(), Endpoint.Reason.PERSON
            endpoint.save(update_fields=["disabled_at", "disabled_reason"])
            _record("webhooks.endpoint_disabled", endpoint, after={"reason": endpoint.disabled_reason})
    return endpoint


def endpoint_delete(*, endpoint_id: UUID) -> Endpoint:
    """Delete an endpoint; `endpoint_restore` brings it back with its log, for 30 days.

    :raises PermissionDenied: if the actor may not manage webhooks
    :raises EndpointNotFound: if there is none with this id
    """
    permissions.require("webhooks.manage")
    with transaction.atomic():
        endpoint = _locked(endpoint_id)
        endpoint.deleted_at = clock.now()
        endpoint.save(update_fields=["deleted_at"])
        _record("webhooks.endpoint_deleted", endpoint)
    return endpoint


def endpoint_restore(*, endpoint_id: UUID) -> Endpoint:
    """Bring a deleted endpoint back.

    :raises PermissionDenied: if the actor may not manage webhooks
    :raises EndpointNotFound: if no deleted one has this id
    :raises TooManyEndpoints: if the workspace has 20 meanwhile
    """
    permissions.require("webhooks.manage")
    with transaction.atomic():
        endpoint = _locked(endpoint_id, deleted=True)
        if endpoints().count() >= MOST:
            raise TooManyEndpoints
        endpoint.deleted_at = None
        endpoint.save(update_fields=["deleted_at"])
        _record("webhooks.endpoint_restored", endpoint)
    return endpoint


def _locked(endpoint_id: UUID, *, deleted: bool = False) -> Endpoint:
    found = Endpoint.objects.select_for_update(no_key=True).filter(
        tenant_id=scope.tenant_id(), id=endpoint_id, deleted_at__isnull=not deleted
    )
    endpoint = found.first()
    if endpoint is None:
        raise EndpointNotFound
    return endpoint


def _checked(**given: object) -> dict[str, object]:
    """Return the values to keep.

    :raises Invalid: naming the fields that break a rule
    """
    checks: dict[str, Callable[[Any], object]] = {"url": _url, "events": _events, "description": _description}
    values: dict[str, object] = {}
    faults: dict[str, list[str]] = {}
    for name, value in given.items():
        try:
            values[name] = checks[name](value)
        except Invalid as error:
            faults[name] = [str(error.message)]
    if faults:
        raise Invalid(fields=faults)
    return values


def _url(url: str) -> str:
    try:
        outgoing.addresses.check(url)
    except outgoing.OutgoingFailed as error:
        raise Invalid(_("The DNS has no address for this host. Check its spelling.")) from error
    return url.strip()


def _events(names: Sequence[str]) -> list[str]:
    known = [kind.name for kind in webhook_events.declared()]
    if not names or not set(names) <= set(known):
        raise Invalid(_("Choose one or more of the events."))
    return [name for name in known if name in names]


def _description(text: str) -> str:
    if len(text) > LONGEST_DESCRIPTION:
        raise Invalid(_("Keep it to %(longest)s characters.") % {"longest": LONGEST_DESCRIPTION})
    return " ".join(text.split())


def _recorded(endpoint: Endpoint) -> Values:
    return {"url": endpoint.url, "events": ", ".join(endpoint.events), "description": endpoint.description}


def _record(
    action: str, endpoint: Endpoint, *, before: Values | None = None, after: Values | None = None
) -> None:
    audit().record(
        action=action,
        target_type="webhook_endpoint",
        target_id=endpoint.id,
        target_label=str(endpoint),
        before=before,
        after=after,
    )
