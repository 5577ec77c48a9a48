"""E-mail domains: claiming one, proving it, joining by it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from apps.core import permissions, scope
from apps.core.errors import ApplicationError
from apps.tenancy import selectors
from apps.tenancy.forms import DomainForm
from apps.tenancy.interface import AlreadyMember, DomainProofUnusable, DomainTaken, TooManyDomainMails
from apps.tenancy.models import Tenant
from apps.tenancy.services.domains import (
    claim_for,
    domain_claim,
    domain_join,
    domain_resend,
    domain_verify,
    domain_withdraw,
    waiting_claim,
)
from apps.tenancy.views.member import REFUSALS
from apps.tenancy.views.tabs import member_tabs


@dataclass(frozen=True, slots=True, kw_only=True)
class Joinable:
    """A workspace that a person may join by their address."""

    name: str
    domain: str
    role: Any


@require_http_methods(["GET", "POST"])
def domain_list(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show the workspace's domains, and claim another."""
    permissions.require("domains.manage")
    form = DomainForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            claim = domain_claim(**form.cleaned_data)
        except ApplicationError as error:
            form.refuse(error.fields, error.message)
        else:
            messages.success(request, _("Mail sent to %(address)s.") % {"address": claim.address})
            return redirect("tenancy:domains", workspace)
    roles = {role.key: role.name for role in permissions.roles()}
    context = {
        "form": form,
        "rows": [(claim, roles.get(claim.role, permissions.UNKNOWN)) for claim in selectors.domains()],
        "tabs": member_tabs(workspace, "domains"),
    }
    return render(request, "tenancy/domains.html", context, status=422 if form.errors else 200)


@require_POST
def resend(request: HttpRequest, workspace: str, claim_id: UUID) -> HttpResponse:
    """Send a claim's mail again, with a new link."""
    try:
        claim = domain_resend(claim_id=claim_id)
    except (*REFUSALS, TooManyDomainMails) as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("Mail sent to %(address)s.") % {"address": claim.address})
    return redirect("tenancy:domains", workspace)


@require_POST
def withdraw(request: HttpRequest, workspace: str, claim_id: UUID) -> HttpResponse:
    """Give a domain up."""
    claim = domain_withdraw(claim_id=claim_id)
    messages.success(request, _("%(domain)s removed.") % {"domain": claim.domain})
    return redirect("tenancy:domains", workspace)


@never_cache
@require_http_methods(["GET", "POST"])
def proof(request: HttpRequest, token: str) -> HttpResponse:
    """Ask who reads a domain's mailbox whether they agree. They need no account."""
    context: dict[str, Any] = {}
    status = 200
    try:
        claim = waiting_claim(token)
        with scope.use(tenant_id=claim.tenant_id):
            context = {"claim": claim, "workspace": Tenant.objects.get(id=claim.tenant_id).name}
        if request.method == "POST":
            domain_verify(token=token)
            context["is_done"] = True
    except (DomainProofUnusable, DomainTaken) as error:
        context, status = {"error": error}, error.status
    return render(request, "tenancy/domain_proof.html", context, status=status)


@login_required
@require_POST
def join(request: HttpRequest) -> HttpResponse:
    """Join the workspace that one's address leads to."""
    try:
        tenant = domain_join(user_id=scope.user_id())
    except AlreadyMember:
        return redirect("home")
    messages.success(request, _("Welcome to %(name)s.") % {"name": tenant.name})
    return redirect("workspace", tenant.slug)


def workspace_to_join(user_id: UUID) -> Joinable | None:
    """Return the workspace that a person may join by their address, unless they are in it."""
    claim = claim_for(user_id)
    if claim is None or claim.is_joined:  # type: ignore[attr-defined]
        return None
    with scope.use(tenant_id=claim.tenant_id):
        role = permissions.role(claim.role).name
    return Joinable(name=claim.workspace, domain=claim.domain, role=role)  # type: ignore[attr-defined]
