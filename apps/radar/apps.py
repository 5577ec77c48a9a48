from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.core import actions, erasure, navigation, permissions, privacy, support
from apps.core.permissions import ADMIN, MEMBER, OWNER, VIEWER
from apps.entitlements.interface import declare_limit, keep_open


class RadarConfig(AppConfig):
    name = "apps.radar"
    verbose_name = _("Radar")
    placement = "cell"

    def ready(self) -> None:
        from apps.radar import news
        from apps.radar.erasure import erase
        from apps.radar.privacy import forget, tell
        from apps.radar.selectors import count_competitors

        permissions.declare("radar.read", _("See the radar"), roles=[OWNER, ADMIN, MEMBER, VIEWER])
        permissions.declare(
            "radar.write", _("Add and change competitors and signals"), roles=[OWNER, ADMIN, MEMBER]
        )
        permissions.declare("radar.export", _("Download signals as a file"), roles=[OWNER, ADMIN, MEMBER])
        permissions.declare(
            "radar.share", _("Share saved filters with the workspace"), roles=[OWNER, ADMIN, MEMBER]
        )
        permissions.declare("radar.configure", _("Choose what is noted of signals"), roles=[OWNER, ADMIN])
        declare_limit("radar.competitors", _("Competitors"), count=count_competitors)
        keep_open("radar:signals_export")
        support.allow(
            *("radar:competitor_add", "radar:competitor_change", "radar:competitor_delete"),
            *("radar:competitor_restore", "radar:signal_add", "radar:signal_change", "radar:signal_delete"),
            *("radar:signal_restore", "radar:attribute_add", "radar:attribute_change"),
        )
        news.declare()
        _declare_actions()
        _add_navigation()
        erasure.register("radar", erase)
        privacy.register("radar", tell=tell, forget=forget, in_cells=True)


def _declare_actions() -> None:
    actions.declare(
        "radar.competitor_added", _("Competitor added"), _("{actor} added the competitor {target}.")
    )
    actions.declare(
        "radar.competitor_changed", _("Competitor changed"), _("{actor} changed the competitor {target}.")
    )
    actions.declare(
        "radar.competitor_deleted", _("Competitor deleted"), _("{actor} deleted the competitor {target}.")
    )
    actions.declare(
        "radar.competitor_restored",
        _("Competitor restored"),
        _("{actor} brought the competitor {target} back."),
    )
    actions.declare(
        "radar.signal_added",
        _("Signal added"),
        _("{actor} added a signal about {after[competitor]}: “{target}”."),
    )
    actions.declare("radar.signal_changed", _("Signal changed"), _("{actor} changed the signal “{target}”."))
    _declare_attribute_actions()
    actions.declare("radar.signal_deleted", _("Signal deleted"), _("{actor} deleted the signal “{target}”."))
    actions.declare(
        "radar.signal_restored", _("Signal restored"), _("{actor} brought the signal “{target}” back.")
    )
    actions.declare(
        "radar.signals_imported",
        _("Signals imported"),
        _("{actor} imported signals from {target}: {after[count]}."),
    )
    actions.declare(
        "radar.filter_saved", _("Filter shared"), _("{actor} shared the filter {target} with the workspace.")
    )
    actions.declare(
        "radar.filter_changed", _("Shared filter changed"), _("{actor} changed the shared filter {target}.")
    )
    actions.declare(
        "radar.filter_deleted", _("Shared filter deleted"), _("{actor} deleted the shared filter {target}.")
    )
    actions.declare(
        "radar.signals_exported", _("Signals exported"), _("{actor} exported signals: {after[count]}.")
    )


def _declare_attribute_actions() -> None:
    actions.declare("radar.attribute_added", _("Attribute added"), _("{actor} added the attribute {target}."))
    actions.declare(
        "radar.attribute_changed", _("Attribute changed"), _("{actor} changed the attribute {target}.")
    )
    actions.declare(
        "radar.attribute_converted",
        _("Attribute converted"),
        _("{actor} changed the kind or the choices of the attribute {target}."),
    )
    actions.declare(
        "radar.attribute_deleted", _("Attribute deleted"), _("{actor} deleted the attribute {target}.")
    )
    actions.declare(
        "radar.attribute_restored",
        _("Attribute restored"),
        _("{actor} brought the attribute {target} back."),
    )


def _add_navigation() -> None:
    entries = [
        (_("Overview"), "radar:overview", "layout-dashboard"),
        (_("Signals"), "radar:signals", "radar"),
        (_("Competitors"), "radar:competitors", "building-2"),
    ]
    for order, (label, url_name, icon) in enumerate(entries):
        navigation.register(
            navigation.Entry(
                label=label,
                url_name=url_name,
                icon=icon,
                group="product",
                order=order,
                permission="radar.read",
            )
        )
