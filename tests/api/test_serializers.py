"""Serializers read their model once, and share nothing else."""

from datetime import UTC, datetime, timedelta, timezone

from apps.core.api.serializers import ModelSerializer
from apps.tenancy.models import Tenant


class Names(ModelSerializer[Tenant]):
    class Meta:
        model = Tenant
        fields = ["name", "created_at"]


class Secrets(Names):
    class Meta(Names.Meta):
        extra_kwargs = {"name": {"write_only": True}}


def test_what_is_done_to_the_fields_of_one_is_not_seen_in_the_next() -> None:
    Names().fields.pop("name")

    assert list(Names().fields) == ["name", "created_at"]
    assert Names().fields["name"].max_length == Tenant._meta.get_field("name").max_length


def test_a_subclass_has_fields_of_its_own() -> None:
    acme = Tenant(name="Acme")

    assert Names(acme).data["name"] == "Acme"
    assert "name" not in Secrets(acme).data
    assert Names([acme, acme], many=True).data[1]["name"] == "Acme"


def test_times_are_in_utc() -> None:
    noon = datetime(2026, 11, 21, 12, tzinfo=timezone(timedelta(hours=2)))

    assert Names(Tenant(created_at=noon)).data["created_at"] == "2026-11-21T10:00:00Z"
    assert Names(Tenant(created_at=noon.astimezone(UTC))).data["created_at"] == "2026-11-21T10:00:00Z"
