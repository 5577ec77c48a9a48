"""Take a new key of MFA_KEYS into use."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.accounts.services.second_steps import second_steps_encrypt_again


class Command(BaseCommand):
    help = "Encrypt the secrets of all second steps under the newest of MFA_KEYS, so that the others can go."

    def handle(self, *args: Any, **options: Any) -> None:
        count = second_steps_encrypt_again()
        self.stdout.write(f"{count} second steps are encrypted under the newest key.")
