"""The mail about the end of a workspace: no inbox is left to tell it in."""

import json

from apps.accounts.interface import PersonNotFound, accounts
from apps.core import scope
from apps.core.mail import deliver
from apps.core.subscriptions import handles
from apps.tenancy.events import WorkspaceErased
from apps.tenancy.letters import letter
from apps.tenancy.models import ErasureReceipt
from apps.tenancy.services.erasing import receipt_document


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
    deliver(message)
