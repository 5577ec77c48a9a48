"""Where Stripe's webhooks come in: noted, then acknowledged."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.billing.providers.base import BadSignature, UnreadableEvent
from apps.billing.providers.stripe import gateway
from apps.billing.services.events import event_receive

LARGEST = 512 * 1024  # bytes; a snapshot of a long invoice has some 100 KB


@csrf_exempt  # the signature stands for it
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Note an event. Stripe sends again whatever is not answered with 200."""
    if not settings.STRIPE_SECRET_KEY:
        return HttpResponse(status=404)
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        return HttpResponse(status=413)
    try:
        notice = gateway().read_webhook(
            body=request.body, signature=request.headers.get("Stripe-Signature", "")
        )
    except (BadSignature, UnreadableEvent, ValueError):
        return HttpResponse(status=400)
    event_receive(notice=notice)
    return HttpResponse(status=200)
