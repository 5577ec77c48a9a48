"""Forms about workspaces and their members."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.forms.boundfield import BoundWidget
from django.utils.translation import gettext_lazy as _

from apps.core import permissions, scope
from apps.core.forms import DayField
from apps.core.http.forms import by_module
from apps.core.http.ranges import RangesField
from apps.core.permissions import ADMIN, MEMBER, OWNER, VIEWER
from apps.tenancy.models import SupportAccess, Tenant
from apps.tenancy.selectors import members
from apps.tenancy.services.domains import MAILBOXES
from apps.tenancy.services.support import MINUTES, PROPOSED

#: What each role is for, in the words of the invitation.
ROLE_NOTES = {
    OWNER: _("everything, and deciding who else is an owner"),
    ADMIN: _("everything but owners"),
    MEMBER: _("adds and changes content"),
    VIEWER: _("looks, and changes nothing"),
}


class ServiceForm(forms.Form):
    """A form whose rules live in a service; what that refuses is shown beside the fields."""

    def refuse(self, fields: Mapping[str, Sequence[str]], message: Any) -> None:
        """Show a service's errors: each at its field, or above the form where there is none."""
        for name, messages in fields.items():
            self.add_error(name if name in self.fields else None, list(messages))
        if not fields:
            self.add_error(None, str(message))


class NameForm(ServiceForm):
    name = forms.CharField(label=_("Name"), max_length=80)


class WorkspaceForm(ServiceForm):
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("Your company or team. You can change it later."),
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "organization"}),
    )
    slug = forms.CharField(
        label=_("Address"),
        max_length=40,
        required=False,
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
        ),
    )


class AddressForm(ServiceForm):
    slug = forms.CharField(
        label=_("Address"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
        ),
    )


class HostForm(ServiceForm):
    host = forms.CharField(
        label=_("Host name"),
        max_length=260,
        help_text=_("For example radar.example.com. Point it at us in the DNS, too."),
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false", "inputmode": "url"}
        ),
    )


class InvitationForm(ServiceForm):
    email = forms.CharField(
        label=_("E-mail addresses"),
        max_length=20_000,
        help_text=_("One or many, apart by commas, blanks or lines."),
        widget=forms.Textarea(
            attrs={"rows": 3, "autofocus": True, "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    role = forms.ChoiceField(label=_("Role"), initial=MEMBER, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role.key, f"{role.name}: {ROLE_NOTES[role.key]}" if role.key in ROLE_NOTES else role.name)
            for role in permissions.grantable()
        ]


class RoleForm(ServiceForm):
    """A role's name, and those of the actor's own permissions that it includes."""

    name = forms.CharField(
        label=_("Name"), max_length=40, help_text=_("What people with this role do, such as “Analyst”.")
    )
    permissions = forms.MultipleChoiceField(
        label=_("What it includes"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only what you may do yourself is on this list."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = permissions.delegable() & scope.current().permissions
        self.fields["permissions"].choices = [  # type: ignore[attr-defined]
            (permission.name, permission.label)
            for permission in permissions.declared()
            if permission.name in mine
        ]

    def groups(self) -> dict[str, list[BoundWidget]]:
        """Return the check boxes by module."""
        return by_module(self["permissions"])

    def given(self) -> dict[str, Any]:
        """Return what the services take."""
        return {"name": self.cleaned_data["name"], "permission_names": self.cleaned_data["permissions"]}


class PolicyForm(ServiceForm):
    """What the workspace demands of those who come in."""

    requires_second_step = forms.BooleanField(
        label=_("Everybody logs in with a second step or a passkey"), required=False
    )
    session_hours = forms.IntegerField(
        label=_("Confirm again after (hours)"),
        required=False,
        help_text=_("Empty: as long as the log-in lasts."),
    )
    idle_minutes = forms.IntegerField(
        label=_("Confirm again after a pause of (minutes)"), required=False, help_text=_("Empty: never.")
    )
    ranges = RangesField(
        label=_("Network addresses"),
        help_text=_(
            "Where people, apps and API keys may come from, such as 192.0.2.0/24; one a line. Empty: from anywhere."
        ),
    )
    exempt_owner_id = forms.ChoiceField(
        label=_("Exempt owner"),
        required=False,
        help_text=_(
            "Comes in without a second step and from anywhere, in case of a mistake. All owners hear of it."
        ),
    )

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        kwargs["initial"] = {name: getattr(tenant, name) for name in self.base_fields if name != "ranges"}
        kwargs["initial"]["ranges"] = tenant.allowed_ranges
        super().__init__(*args, **kwargs)
        owners = members(tenant.id).filter(role=OWNER, suspended_at=None)
        self.fields["exempt_owner_id"].choices = [  # type: ignore[attr-defined]
            ("", _("Nobody")),
            *((str(found.user_id), found.user.display_name) for found in owners),
        ]

    def given(self) -> dict[str, Any]:
        """Return what the service takes."""
        exempt = self.cleaned_data["exempt_owner_id"]
        return self.cleaned_data | {"exempt_owner_id": UUID(exempt) if exempt else None}


class SupportAccessForm(ServiceForm):
    """What support may do in the workspace."""

    access = forms.ChoiceField(
        label=_("What support may do"), choices=SupportAccess, widget=forms.RadioSelect
    )
    until = DayField(label=_("Last day"), required=False, help_text=_("Empty: until you take it back."))

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        kwargs["initial"] = {"access": tenant.support_access, "until": tenant.support_until}
        super().__init__(*args, **kwargs)


class SupportForm(ServiceForm):
    """Why and for how long support works in a workspace."""

    required_css_class = "required"

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("The workspace's owners read it, and it stands in their audit log."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    ticket = forms.CharField(label=_("Ticket"), max_length=60, required=False)
    minutes = forms.IntegerField(
        label=_("Minutes"), initial=PROPOSED, min_value=MINUTES[0], max_value=MINUTES[-1]
    )
    may_write = forms.BooleanField(label=_("Change things, too"), required=False)


class AskForm(ServiceForm):
    """What to tell those who decide."""

    message = forms.CharField(
        label=_("Message"),
        max_length=500,
        required=False,
        help_text=_("What you need it for."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DomainForm(ServiceForm):
    """A domain, the mailbox that gets the link, and what people who join by it become."""

    domain = forms.CharField(
        label=_("Domain"),
        max_length=253,
        widget=forms.TextInput(
            attrs={"placeholder": "example.com", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    mailbox = forms.ChoiceField(
        label=_("Mailbox that gets the link"),
        choices=[(name, f"{name}@") for name in MAILBOXES],
        initial="postmaster",
        help_text=_("Only those who run a domain read these."),
    )
    role = forms.ChoiceField(label=_("Role of those who join"), initial=MEMBER)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role.key, role.name) for role in permissions.grantable() if role.key != OWNER
        ]
