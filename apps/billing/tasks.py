"""What workers do: bring in what Stripe told us of, and look for what was lost."""

from datetime import timedelta
from uuid import UUID

from anymail.exceptions import AnymailError
from django.conf import settings

from apps.billing.providers.base import ProviderUnavailable
from apps.billing.services.events import event_process, events_sweep
from apps.billing.services.grace import grace_sweep
from apps.billing.services.reconcile import account_reconcile, accounts_reconcile, events_catch_up
from apps.billing.services.renewal import renewal_sync
from apps.billing.services.reversals import dispute_mail
from apps.billing.services.seat_notes import seats_sweep
from apps.billing.services.seats import seats_sync
from apps.billing.services.sync import sync_account
from apps.billing.services.usage import usage_send, usage_sweep
from apps.billing.services.usage_alerts import usage_alert
from apps.billing.services.usage_pruning import usage_prune
from apps.core import scope
from apps.jobs.interface import BULK, TRANSIENT, schedule, task

RETRIED = (*TRANSIENT, ProviderUnavailable)


@task()
def process_event(event_id: str) -> None:
    """Work off a webhook."""
    event_process(event_id=event_id)


@schedule(every=timedelta(minutes=5))
@task()
def sweep_events() -> None:
    """Have webhooks worked off whose task was lost."""
    events_sweep()


@task(retry_on=(OSError, AnymailError), attempts=32)
def mail_dispute(dispute_id: UUID) -> None:
    """Tell staff that a payment is disputed; while the mail server is away, for about a day."""
    dispute_mail(dispute_id=dispute_id)


@schedule(every=timedelta(hours=1), offset=timedelta(minutes=20))
@task(retry_on=RETRIED)
def catch_up_with_events() -> None:
    """Bring in what Stripe tells of and no webhook did."""
    if settings.STRIPE_SECRET_KEY:
        events_catch_up()


@schedule(every=timedelta(days=1), offset=timedelta(hours=4))
@task()
def reconcile_accounts() -> None:
    """Have every customer compared with Stripe."""
    if settings.STRIPE_SECRET_KEY:
        accounts_reconcile()


@task(queue=BULK, lane="stripe", retry_on=RETRIED)
def reconcile_account(run_id: UUID, tenant_id: UUID) -> None:
    """Compare one customer with Stripe."""
    account_reconcile(run_id=run_id, tenant_id=tenant_id)


@task()
def send_usage() -> None:
    """Send a workspace's usage to the payment provider, and tell its people how much that is."""
    usage_send()
    usage_alert(tenant_id=scope.tenant_id())


@schedule(every=timedelta(minutes=5))
@task()
def sweep_usage() -> None:
    """Have usage sent that is still here."""
    usage_sweep()


@schedule(every=timedelta(days=1), offset=timedelta(hours=3, minutes=50))
@task()
def prune_usage() -> None:
    """Forget each use of a while ago; how much it was by day stays."""
    usage_prune(older_than=timedelta(days=settings.USAGE_KEEP_DAYS))


@task(retry_on=RETRIED)
def sync_seats() -> None:
    """Have as many seats charged as there are members."""
    seats_sync(tenant_id=scope.tenant_id())


@task(retry_on=RETRIED)
def sync_renewal() -> None:
    """Have the plan renewed, or not, as the workspace stays or goes."""
    renewal_sync(tenant_id=scope.tenant_id())


@schedule(every=timedelta(minutes=5))
@task()
def sweep_seats() -> None:
    """Have seats charged that Stripe has not heard of."""
    if settings.STRIPE_SECRET_KEY:
        seats_sweep()


@task(retry_on=RETRIED)
def end_grace() -> None:
    """Bring in an account whose time of grace is over."""
    sync_account(tenant_id=scope.tenant_id(), because="end of the time of grace")


@schedule(every=timedelta(minutes=15))
@task()
def sweep_grace() -> None:
    """Have people told whose workspace can only be read from now on."""
    if settings.STRIPE_SECRET_KEY:
        grace_sweep()
