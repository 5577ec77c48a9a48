"""Keeping a row for each declared flag."""

from django.db import transaction

from apps.core import flags
from apps.flags.models import FlagShare


def shares_complete() -> None:
    """Add a share of 0 percent for each declared flag that has none yet."""
    known = set(FlagShare.objects.values_list("flag", flat=True))
    missing = [FlagShare(flag=flag.name) for flag in flags.declared() if flag.name not in known]
    with transaction.atomic():
        FlagShare.objects.bulk_create(missing, ignore_conflicts=True)
