from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.core import erasure, mail, navigation, notices, privacy
from apps.entitlements.interface import keep_open


class NotificationsConfig(AppConfig):
    name = "apps.notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from apps.notifications import privacy as kept
        from apps.notifications import unread
        from apps.notifications.bounces import listen
        from apps.notifications.erasure import erase
        from apps.notifications.handlers import tell
        from apps.notifications.selectors import is_suppressed

        navigation.register(
            navigation.Entry(
                label=_("Inbox"),
                url_name="notifications:inbox",
                icon="inbox",
                group="product",
                order=90,
                count=unread.count,
            )
        )
        notices.told_by(tell)
        keep_open("notifications:")
        listen()
        mail.suppress_where(is_suppressed)
        erasure.register("notifications", erase)
        privacy.register("notifications", tell=kept.tell, forget=kept.forget)
