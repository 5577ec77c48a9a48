"""`manage.py flags`: the feature flags, and what staff decided about each."""

from typing import Any

from django.core.management import BaseCommand
from django.db.models import Count

from apps.core import flags, scope
from apps.flags.models import FlagException, FlagShare


class Command(BaseCommand):
    help = "List the feature flags with their owner, their end, and where they are on."

    def handle(self, *args: Any, **options: Any) -> None:
        with scope.as_role("platform"):
            shares = dict(FlagShare.objects.values_list("flag", "percent"))
            rows = FlagException.objects.exclude(state=FlagException.State.SHARE).values_list("flag")
            exceptions = dict(rows.annotate(count=Count("id")))
        for flag in flags.declared():
            self.stdout.write(self._line(flag, shares.get(flag.name, 0), exceptions.get(flag.name, 0)))
        if not flags.declared():
            self.stdout.write("No flags are declared. See apps/core/flags.py.")

    def _line(self, flag: flags.Flag, percent: int, exceptions: int) -> str:
        line = (
            f"{flag.name}: {flag.description}. On for {percent} % of workspaces, {exceptions} exceptions. "
            f"{flag.owner} takes it out by {flag.ends_on}."
        )
        return self.style.WARNING(f"{line} That is over.") if flag.is_over else line
