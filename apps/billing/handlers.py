"""Reactions to other modules' events: who comes or goes changes the seats; a workspace that is shut pays no more."""

from apps.billing.services.renewal import renewal_note
from apps.billing.services.seat_notes import seats_note
from apps.core.subscriptions import handles
from apps.tenancy.events import (
    MemberAdded,
    MemberReinstated,
    MemberRemoved,
    MemberSuspended,
    WorkspaceClosed,
    WorkspaceKept,
    WorkspaceResumed,
    WorkspaceSuspended,
)


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


@handles(WorkspaceClosed)
def stop_renewal(event: WorkspaceClosed) -> None:
    """Have the plan end with what is paid."""
    renewal_note()


@handles(WorkspaceKept)
def go_on_renewing(event: WorkspaceKept) -> None:
    """Have the plan go on, unless its people had cancelled it."""
    renewal_note()


@handles(WorkspaceSuspended)
def pause_collection(event: WorkspaceSuspended) -> None:
    """Have nobody charged for what nobody can use."""
    renewal_note()


@handles(WorkspaceResumed)
def resume_collection(event: WorkspaceResumed) -> None:
    """Have the plan charged again."""
    renewal_note()
