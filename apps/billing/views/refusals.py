"""What can't be done is said on the page that it was asked from."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.billing.interface import PlanNotOffered
from apps.core.errors import Conflict, Unavailable


def refused_on_overview(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Have a view's refusals lead back to the billing page, as a toast."""

    @wraps(view)
    def wrapped(request: HttpRequest, workspace: str, **named: Any) -> HttpResponse:
        try:
            return view(request, workspace, **named)
        except (Conflict, PlanNotOffered, Unavailable) as error:
            messages.error(request, str(error.message))
            return redirect("billing:overview", workspace)

    return wrapped
