"""Webhooks: telling a customer's servers what happened in their workspace."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict, NotFound


class EndpointNotFound(NotFound):
    """The workspace has no such endpoint."""

    code = "webhook_endpoint_not_found"
    message = _("There is no such endpoint any more.")


class DeliveryNotFound(NotFound):
    """The workspace has no such delivery; they are kept for 30 days."""

    code = "webhook_delivery_not_found"
    message = _("There is no such delivery any more.")


class EndpointIsDisabled(Conflict):
    """Nothing is sent to an endpoint that is turned off."""

    code = "webhook_endpoint_disabled"
    message = _("This endpoint is turned off. Turn it on first.")


class TooManyEndpoints(Conflict):
    """The workspace has as many endpoints as it may."""

    code = "too_many_webhook_endpoints"
    message = _("A workspace has up to 20 endpoints. Delete one first.")
