from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.core import actions, navigation, permissions
from apps.core.permissions import ADMIN, OWNER


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        permissions.declare("keys.manage", _("Create and revoke API keys"), roles=[OWNER, ADMIN])
        actions.declare("keys.created", _("API key created"), _("{actor} created the API key {target}."))
        actions.declare("keys.revoked", _("API key revoked"), _("{actor} revoked the API key {target}."))
        navigation.register(
            navigation.Entry(
                label=_("API keys"),
                url_name="accounts:keys",
                icon="key-round",
                group="workspace",
                order=20,
                permission="keys.manage",
            )
        )
