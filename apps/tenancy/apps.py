from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.core import actions, erasure, navigation, permissions, placement, privacy, refusals
from apps.core.permissions import ADMIN, MEMBER, OWNER, VIEWER
from apps.entitlements.interface import declare_feature, declare_limit, keep_open


class TenancyConfig(AppConfig):
    name = "apps.tenancy"
    verbose_name = _("Workspaces")

    def ready(self) -> None:
        from apps.tenancy import news
        from apps.tenancy.erasure import erase
        from apps.tenancy.privacy import forget, tell
        from apps.tenancy.selectors import (
            cell_of,
            grantors,
            member_ids,
            permissions_held_by,
            roles,
            seats_used,
        )
        from apps.tenancy.support_middleware import note

        _declare_permissions()
        declare_limit("members.seats", _("Members"), count=seats_used)
        declare_feature("api.access", _("API"))
        keep_open("tenancy:leave", "tenancy:remove", "tenancy:revoke", "tenancy:delete", "tenancy:keep")
        _declare_actions()
        _add_navigation()
        news.declare()
        placement.register(cell_of)
        erasure.register("tenancy", erase)
        refusals.register(note)
        privacy.register("tenancy", tell=tell, forget=forget)
        permissions.name_roles(roles)
        permissions.name_grantors(grantors)
        permissions.name_members(member_ids)
        permissions.name_holdings(permissions_held_by)


def _declare_permissions() -> None:
    permissions.declare("members.read", _("See the members"), roles=[OWNER, ADMIN, MEMBER, VIEWER])
    permissions.declare("members.invite", _("Invite members"), roles=[OWNER, ADMIN])
    permissions.declare("members.manage", _("Change roles and remove members"), roles=[OWNER, ADMIN])
    permissions.declare("roles.manage", _("Make and change roles"), roles=[OWNER, ADMIN])
    permissions.declare("domains.manage", _("Let people join by their e-mail domain"), roles=[OWNER, ADMIN])
    permissions.declare("workspace.manage", _("Change the workspace's settings"), roles=[OWNER, ADMIN])
    permissions.declare("workspace.secure", _("Set who may come in, and from where"), roles=[OWNER])
    permissions.declare("workspace.delete", _("Delete the workspace"), roles=[OWNER])


def _declare_actions() -> None:
    actions.declare("workspace.created", _("Workspace created"), _("{actor} created the workspace {target}."))
    actions.declare(
        "workspace.renamed",
        _("Workspace renamed"),
        _("{actor} renamed the workspace from {before[name]} to {after[name]}."),
    )
    actions.declare(
        "workspace.moved",
        _("Address changed"),
        _("{actor} changed the workspace's address from {before[slug]} to {after[slug]}."),
    )
    actions.declare("workspace.logo_set", _("Logo changed"), _("{actor} changed the workspace's logo."))
    actions.declare("workspace.logo_removed", _("Logo removed"), _("{actor} removed the workspace's logo."))
    actions.declare(
        "workspace.policy_set",
        _("Security policy changed"),
        _("{actor} changed the workspace's security policy."),
    )
    actions.declare(
        "workspace.policy_bypassed",
        _("Security policy bypassed"),
        _("{actor} came in as the exempt owner, from {after[address]}."),
    )
    actions.declare(
        "access.kept_out",
        _("Kept out by policy"),
        _("{actor} was kept out by the security policy, from {after[address]}."),
    )
    actions.declare(
        "workspace.support_set",
        _("Support access changed"),
        _("{actor} changed what support may do in the workspace."),
    )
    actions.declare("support.began", _("Support began"), _("{actor} opened the workspace: {after[reason]}"))
    actions.declare(
        "support.refused",
        _("Refused to support"),
        _("{actor} tried what is not for support: {target}."),
    )
    actions.declare("support.ended", _("Support ended"), _("The support session of {target} ended."))
    actions.declare("hosts.added", _("Host name added"), _("{actor} added the host name {target}."))
    actions.declare("hosts.verified", _("Host name verified"), _("{actor} proved the host name {target}."))
    actions.declare("hosts.removed", _("Host name removed"), _("{actor} removed the host name {target}."))
    actions.declare(
        "workspace.closed",
        _("Workspace deleted"),
        _("{actor} deleted the workspace {target}. It will be erased on {after[erased_on]}."),
    )
    actions.declare(
        "workspace.kept", _("Workspace kept"), _("{actor} kept the workspace {target} after all.")
    )
    actions.declare("workspace.erased", _("Workspace erased"), _("{actor} erased a deleted workspace."))
    actions.declare(
        "workspace.suspended",
        _("Workspace suspended"),
        _("Staff suspended the workspace: {after[reason]}"),
    )
    actions.declare("workspace.resumed", _("Suspension lifted"), _("Staff lifted the suspension."))
    actions.declare("members.invited", _("Member invited"), _("{actor} invited {target} as {after[role]}."))
    actions.declare(
        "members.invitation_revoked",
        _("Invitation revoked"),
        _("{actor} revoked the invitation of {target}."),
    )
    actions.declare(
        "members.invitation_resent",
        _("Invitation sent again"),
        _("{actor} sent the invitation of {target} again."),
    )
    actions.declare(
        "access.refused",
        _("Access refused"),
        _("{actor} asked for the workspace {after[asked_for]} and was refused."),
    )
    actions.declare(
        "members.joined_with_another_address",
        _("Joined with another address"),
        _("{target} joined as {after[role]} with {after[email]}. The invitation went to {before[email]}."),
    )
    actions.declare("members.joined", _("Member joined"), _("{target} joined as {after[role]}."))
    actions.declare(
        "members.role_changed",
        _("Role changed"),
        _("{actor} changed the role of {target} from {before[role]} to {after[role]}."),
    )
    actions.declare("members.removed", _("Member removed"), _("{actor} removed {target}."))
    actions.declare(
        "access.requested", _("Access asked for"), _("{target} asked for access: {after[permission]}.")
    )
    actions.declare(
        "access.granted", _("Access granted"), _("{actor} gave {target} access: {after[permission]}.")
    )
    actions.declare(
        "access.declined", _("Access declined"), _("{actor} declined {target} access: {after[permission]}.")
    )
    actions.declare("domains.claimed", _("Domain claimed"), _("{actor} claimed the domain {target}."))
    actions.declare(
        "domains.verified", _("Domain verified"), _("{actor} confirmed that the domain {target} is yours.")
    )
    actions.declare("domains.withdrawn", _("Domain removed"), _("{actor} removed the domain {target}."))
    actions.declare(
        "members.joined_by_domain",
        _("Joined by domain"),
        _("{target} joined as {after[role]} by their address at {after[domain]}."),
    )
    actions.declare("members.left", _("Member left"), _("{actor} left the workspace."))
    actions.declare("members.suspended", _("Member suspended"), _("{actor} suspended {target}."))
    actions.declare(
        "members.reinstated", _("Suspension lifted"), _("{actor} lifted the suspension of {target}.")
    )
    actions.declare(
        "workspace.ownership_transferred",
        _("Ownership transferred"),
        _("{actor} made {target} the owner and became {after[former_owner]}."),
    )
    actions.declare("roles.created", _("Role created"), _("{actor} created the role {target}."))
    actions.declare("roles.changed", _("Role redefined"), _("{actor} changed the role {target}."))
    actions.declare("roles.deleted", _("Role deleted"), _("{actor} deleted the role {target}."))


def _add_navigation() -> None:
    navigation.register(
        navigation.Entry(
            label=_("Members"),
            url_name="tenancy:members",
            icon="users",
            group="workspace",
            order=10,
            permission="members.read",
        )
    )
    navigation.register(
        navigation.Entry(
            label=_("Settings"),
            url_name="tenancy:settings",
            icon="settings",
            group="workspace",
            order=90,
            permission="workspace.manage",
        )
    )
