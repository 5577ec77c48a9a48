"""What the plan includes, and how much of it is used. The billing page shows the same, by htmx."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.core import permissions, scope
from apps.entitlements.interface import entitlements, plan


@require_GET
def usage(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show each limit that is counted."""
    permissions.require("usage.read")
    tenant_id = scope.tenant_id()
    context = {
        "plan": plan(entitlements().get_facts(tenant_id=tenant_id).plan),
        "allowances": entitlements().usage_of(tenant_id=tenant_id),
    }
    return render(request, "entitlements/usage.html", context)
