"""Northwind's team: a role of its own, somebody invited to it, a request that waits, and leave for support to look."""

from datetime import timedelta

from apps.core import permissions
from apps.dev.demo.stage import Stage
from apps.tenancy.models import SupportAccess
from apps.tenancy.services.invitations import invitation_create
from apps.tenancy.services.requests import access_request
from apps.tenancy.services.roles import role_create
from apps.tenancy.services.support import support_allow

INVITED = "kofi@northwind.example"


def tell(stage: Stage) -> None:
    """Tell it of Northwind. The other workspaces keep to the roles that every workspace has."""
    if stage.workspace.slug != "northwind":
        return
    with stage.at(stage.now - timedelta(minutes=15), by="Ana"):
        names = permissions.permissions_of("member") | {"audit.read"}
        analyst = role_create(name="Analyst", permission_names=sorted(names))
    with stage.at(stage.now - timedelta(minutes=12), by="Sam"):
        invitation_create(email=INVITED, role=analyst.key)
    with stage.at(stage.now - timedelta(minutes=10), by="Ana"):
        support_allow(access=SupportAccess.LOOK, until=None)
    with stage.at(stage.now - timedelta(minutes=6), by="Noor"):
        access_request(permission="members.invite", message="I would like to invite our new analyst.")
