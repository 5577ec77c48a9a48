"""What workers do for people."""

from datetime import datetime
from uuid import UUID

from apps.accounts.services.letters import new_device_mail
from apps.jobs.interface import task


@task()
def tell_of_new_device(user_id: UUID, user_agent: str, address: str, at: datetime) -> None:
    """Mail a person that somebody logged in as them from a browser they had not used before."""
    new_device_mail(user_id=user_id, user_agent=user_agent, address=address, at=at)
