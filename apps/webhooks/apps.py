from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from apps.core import actions, erasure, navigation, permissions
from apps.core.permissions import ADMIN, OWNER


class WebhooksConfig(AppConfig):
    name = "apps.webhooks"
    verbose_name = _("Webhooks")

    def ready(self) -> None:
        from apps.webhooks import news
        from apps.webhooks.erasure import erase
        from apps.webhooks.handlers import subscribe_to_declared

        permissions.declare("webhooks.manage", _("Manage webhooks and read their log"), roles=[OWNER, ADMIN])
        _declare_actions()
        news.declare()
        navigation.register(
            navigation.Entry(
                label=_("Webhooks"),
                url_name="webhooks:list",
                icon="webhook",
                group="workspace",
                order=25,
                permission="webhooks.manage",
            )
        )
        erasure.register("webhooks", erase)
        autodiscover_modules("webhook_events")
        subscribe_to_declared()


def _declare_actions() -> None:
    actions.declare("webhooks.endpoint_added", _("Webhook added"), _("{actor} added the webhook {target}."))
    actions.declare(
        "webhooks.endpoint_changed", _("Webhook changed"), _("{actor} changed the webhook {target}.")
    )
    actions.declare(
        "webhooks.endpoint_enabled", _("Webhook turned on"), _("{actor} turned the webhook {target} on.")
    )
    actions.declare(
        "webhooks.endpoint_disabled", _("Webhook turned off"), _("{actor} turned the webhook {target} off.")
    )
    actions.declare(
        "webhooks.endpoint_deleted", _("Webhook deleted"), _("{actor} deleted the webhook {target}.")
    )
    actions.declare(
        "webhooks.endpoint_restored", _("Webhook restored"), _("{actor} brought the webhook {target} back.")
    )
    actions.declare(
        "webhooks.secret_rotated",
        _("Webhook secret replaced"),
        _("{actor} replaced the secret of the webhook {target}."),
    )
    actions.declare(
        "webhooks.replayed",
        _("Webhook replayed"),
        _("{actor} had events sent to the webhook {target} again: {after[count]}."),
    )
