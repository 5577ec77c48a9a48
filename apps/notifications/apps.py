from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.core import erasure, navigation, notices


class NotificationsConfig(AppConfig):
    name = "apps.notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from apps.notifications.bounces import listen
        from apps.notifications.erasure import erase
        from apps.notifications.handlers import tell
        from apps.notifications.selectors import count_unread

        navigation.register(
            navigation.Entry(
                label=_("Inbox"),
                url_name="notifications:inbox",
                icon="inbox",
                group="product",
                order=90,
                count=count_unread,
            )
        )
        notices.told_by(tell)
        listen()
        erasure.register("notifications", erase)
