from django.db import migrations, models

import apps.core.clock

ORDER = """
alter table events_outbox
    add column seq bigint generated always as identity,
    add column shard smallint not null
        generated always as (((hashtext(aggregatetype || ':' || aggregateid) % 16) + 16) % 16) stored;
create index events_outbox_unpublished on events_outbox (seq) where published_at is null;
create index events_outbox_shard on events_outbox (shard, seq) where published_at is null;
create index events_outbox_published on events_outbox (published_at) where published_at is not null;
"""
DROP_ORDER = """
drop index events_outbox_published;
alter table events_outbox drop column shard, drop column seq;
"""

# Whoever listens hears of it when the transaction commits.
NOTIFY = """
create function events_outbox_notify() returns trigger language plpgsql as $$
begin
    perform pg_notify('events_outbox', '');
    return null;
end $$;
create trigger events_outbox_notify after insert on events_outbox
    for each statement execute function events_outbox_notify();
"""
DROP_NOTIFY = """
drop trigger events_outbox_notify on events_outbox;
drop function events_outbox_notify();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0001_initial"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="delivery",
            name="events_delivery_due",
        ),
        migrations.RemoveIndex(
            model_name="outboxevent",
            name="events_outbox_unpublished",
        ),
        migrations.AddField(
            model_name="delivery",
            name="discarded_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="delivery",
            name="lane",
            field=models.CharField(blank=True, help_text="the aggregate of an ordered event", max_length=129),
        ),
        migrations.AddField(
            model_name="delivery",
            name="seq",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="outboxevent",
            name="is_ordered",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="due_at",
            field=models.DateTimeField(default=apps.core.clock.now, null=True),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("delivered_at", None), ("discarded_at", None), ("parked_at", None)),
                fields=["consumer", "due_at"],
                name="events_delivery_due",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(
                    ("delivered_at", None), ("discarded_at", None), models.Q(("lane", ""), _negated=True)
                ),
                fields=["consumer", "lane", "seq"],
                name="events_delivery_lane",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("parked_at__isnull", False)),
                fields=["parked_at"],
                name="events_delivery_parked",
            ),
        ),
        migrations.RunSQL(ORDER, DROP_ORDER),
        migrations.RunSQL(NOTIFY, DROP_NOTIFY),
    ]
