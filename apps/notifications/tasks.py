"""What runs by itself: the mails. While the mail server is away, one is tried again for about a day, and a digest for
minutes: the next hour asks for it anew.
"""

from datetime import timedelta
from uuid import UUID

from anymail.exceptions import AnymailError

from apps.jobs.interface import schedule, task
from apps.notifications.services.mails import digest_mail, digests_begin, notification_mail

REFUSED = (OSError, AnymailError)
ATTEMPTS = 32
DIGEST_ATTEMPTS = 8  # over before the next hour, or those of several hours would try side by side


@task(retry_on=REFUSED, attempts=ATTEMPTS)
def send_mail(notification_id: UUID, user_id: UUID) -> None:
    """Mail one notification."""
    notification_mail(notification_id=notification_id, user_id=user_id)


@task(retry_on=REFUSED, attempts=DIGEST_ATTEMPTS)
def send_digest(user_id: UUID) -> None:
    """Mail a day's notifications."""
    digest_mail(user_id=user_id)


@schedule(every=timedelta(hours=1))
@task()
def send_digests() -> None:
    """Have the daily mails sent to those for whom it is past 8."""
    digests_begin()
