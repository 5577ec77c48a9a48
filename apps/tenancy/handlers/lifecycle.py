"""Mails about what becomes of a workspace."""

import json

from django.urls import reverse

from apps.accounts.interface import PersonNotFound, accounts
from apps.core import scope
from apps.core.permissions import OWNER
from apps.core.subscriptions import handles
from apps.tenancy.events import WorkspaceClosed, WorkspaceErased
from apps.tenancy.letters import letter
from apps.tenancy.models import ErasureReceipt, Tenant
from apps.tenancy.selectors import members
from apps.tenancy.services.erasing import receipt_document
from apps.tenancy.services.hosts import base_url_of


@handles(WorkspaceClosed)
def send_closed(event: WorkspaceClosed) -> None:
    """Tell every owner that the workspace was deleted and until when they can keep it, unless it was kept meanwhile."""
    tenant = Tenant.objects.filter(id=event.workspace_id, erase_due_at=event.erase_due_at).first()
    if tenant is None:
        return
    context = {
        "workspace": tenant.name,
        "erase_due_at": tenant.erase_due_at,
        "url": base_url_of(tenant.id) + reverse("workspace", args=[tenant.slug]),
    }
    for owner in members(tenant.id).filter(role=OWNER):
        letter("closed", to=owner.user.email, language=owner.user.language, context=context).send()


@handles(WorkspaceErased)
def send_receipt(event: WorkspaceErased) -> None:
    """Mail the receipt to the one who asked, as a file, if they still have an account."""
    with scope.as_role("platform"):
        receipt = ErasureReceipt.objects.get(id=event.receipt_id)
    if receipt.requested_by_id is None:
        return
    try:
        person = accounts().get_person(user_id=receipt.requested_by_id)
    except PersonNotFound:
        return
    message = letter("erased", to=person.email, language=person.language, context={"receipt": receipt})
    document = receipt_document(receipt) | {"sha256": receipt.digest}
    message.attach(f"receipt-{receipt.id}.json", json.dumps(document, indent=2), "application/json")
    message.send()
