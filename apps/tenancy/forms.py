"""Forms about workspaces and their members."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core import permissions, scope
from apps.core.permissions import ADMIN, MEMBER, OWNER, ROLES, VIEWER

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


class InvitationForm(ServiceForm):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"), initial=MEMBER, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role, f"{ROLES[role]}: {ROLE_NOTES[role]}") for role in grantable_roles()
        ]


def grantable_roles() -> list[str]:
    """Return the roles that the actor in scope may give, most powerful first."""
    return [role for role in permissions.ROLES if role != OWNER or scope.current().membership_role == OWNER]
