from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.core import actions, navigation, permissions
from apps.core.permissions import ADMIN, MEMBER, OWNER, VIEWER


class RadarConfig(AppConfig):
    name = "apps.radar"
    verbose_name = _("Radar")
    placement = "cell"

    def ready(self) -> None:
        permissions.declare("radar.read", _("See the radar"), roles=[OWNER, ADMIN, MEMBER, VIEWER])
        permissions.declare(
            "radar.write", _("Add and change competitors and signals"), roles=[OWNER, ADMIN, MEMBER]
        )
        _declare_actions()
        _add_navigation()


def _declare_actions() -> None:
    actions.declare(
        "radar.competitor_added", _("Competitor added"), _("{actor} added the competitor {target}.")
    )


def _add_navigation() -> None:
    navigation.register(
        navigation.Entry(
            label=_("Overview"),
            url_name="radar:overview",
            icon="layout-dashboard",
            group="product",
            order=10,
            permission="radar.read",
        )
    )
