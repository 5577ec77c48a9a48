"""What workers do for people. A task is asked for by its own person, in no workspace, and acts for nobody else."""

from datetime import datetime, timedelta
from uuid import UUID

from anymail.exceptions import AnymailError

from apps.accounts.services.data_exports import data_export_gather, data_exports_forget
from apps.accounts.services.erasing import person_erase
from apps.accounts.services.key_reminders import ending_keys_sweep, ending_keys_tell
from apps.accounts.services.letters import new_device_mail
from apps.core import scope
from apps.jobs.interface import TRANSIENT, schedule, task

RETRIED = (*TRANSIENT, OSError, AnymailError)


@task()
def tell_of_new_device(user_agent: str, address: str, at: datetime) -> None:
    """Mail the person in scope that somebody logged in as them from a browser they had not used before."""
    new_device_mail(user_id=scope.user_id(), user_agent=user_agent, address=address, at=at)


@task(retry_on=RETRIED)
def gather_data(export_id: UUID) -> None:
    """Gather what is kept of the person in scope, and mail them that it is there."""
    data_export_gather(export_id=export_id, user_id=scope.user_id())


@task(retry_on=RETRIED)
def erase_person() -> None:
    """Forget the person in scope for good."""
    person_erase(user_id=scope.user_id())


@schedule(every=timedelta(hours=1), offset=timedelta(minutes=50))
@task()
def forget_data() -> None:
    """Delete gathered data that nobody fetched."""
    data_exports_forget()


@schedule(every=timedelta(days=1), offset=timedelta(hours=7))
@task()
def sweep_ending_keys() -> None:
    """Have every workspace tell of its keys that run out soon."""
    ending_keys_sweep()


@task()
def tell_of_ending_keys() -> None:
    """Tell of a workspace's keys that run out soon."""
    ending_keys_tell()
