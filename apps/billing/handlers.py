"""Reactions to other modules' events: whoever comes or goes changes the seats."""

from apps.billing.services.seat_notes import seats_note
from apps.core.subscriptions import handles
from apps.tenancy.events import MemberAdded, MemberReinstated, MemberRemoved, MemberSuspended


@handles(MemberAdded)
def count_added(event: MemberAdded) -> None:
    """Count the seats anew."""
    seats_note()


@handles(MemberRemoved)
def count_removed(event: MemberRemoved) -> None:
    """Count the seats anew."""
    seats_note()


@handles(MemberSuspended)
def count_suspended(event: MemberSuspended) -> None:
    """Count the seats anew."""
    seats_note()


@handles(MemberReinstated)
def count_reinstated(event: MemberReinstated) -> None:
    """Count the seats anew."""
    seats_note()
