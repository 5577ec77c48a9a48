"""The German catalogue says everything, keeps the placeholders, and is compiled as it stands.

After a change of texts (both commands need GNU gettext):

    manage.py makemessages -l de --no-location --no-obsolete -i .venv -i var -i tests -i apps/dev -i templates/dev
    manage.py compilemessages -i .venv
"""

import ast
import gettext
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation

from apps.accounts.models import User
from apps.tenancy.models import Tenant
from apps.tenancy.services.invitations import invitation_create
from tests.factories import accounts as people

SignIn = Callable[[User], Client]
CATALOGUE = Path(__file__).resolve().parents[2] / "locale" / "de" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{[\w\[\]]+\}|</?\w+>")


@dataclass(frozen=True)
class Message:
    """An entry of a .po file: a text, or its singular and plural, with their translations."""

    context: str
    sources: list[str]
    translations: list[str]
    is_fuzzy: bool

    def mistakes(self) -> list[str]:
        """Name what is wrong with it."""
        wanted = placeholders(self.sources[-1])
        wrong = {
            "fuzzy": self.is_fuzzy,
            "untranslated": not all(self.translations),
            "placeholders": any(placeholders(text) != wanted for text in self.translations if text),
        }
        return [name for name, is_wrong in wrong.items() if is_wrong]


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def messages(source: str) -> list[Message]:
    """Read a .po file, without its header."""
    return [message for message in map(message_of, source.strip().split("\n\n")) if message.sources[0]]


def message_of(block: str) -> Message:
    """Read an entry. Each text is one or more quoted lines after its keyword."""
    found = re.findall(r'^(msg\S+) ((?:".*"\s*)+)$', block, re.MULTILINE)
    texts = {keyword: ast.literal_eval(f"({quoted})") for keyword, quoted in found}
    return Message(
        context=texts.get("msgctxt", ""),
        sources=[text for keyword, text in texts.items() if keyword.startswith("msgid")],
        translations=[text for keyword, text in texts.items() if keyword.startswith("msgstr")],
        is_fuzzy=bool(re.search("^#,.*fuzzy", block, re.MULTILINE)),
    )


class TestCatalogue:
    def test_every_text_is_translated_with_its_placeholders(self) -> None:
        found = messages(CATALOGUE.read_text())
        assert len(found) > 500
        assert {message.sources[0]: wrong for message in found if (wrong := message.mistakes())} == {}

    def test_it_is_compiled_as_it_stands(self) -> None:
        with CATALOGUE.with_suffix(".mo").open("rb") as file:
            compiled = gettext.GNUTranslations(file)
        for message in messages(CATALOGUE.read_text()):
            one, *more = message.sources
            if message.context:
                one = compiled.CONTEXT % (message.context, one)
            got = [compiled.ngettext(one, more[0], n) for n in (1, 2)] if more else [compiled.gettext(one)]
            assert got == message.translations, "run manage.py compilemessages"

    @pytest.mark.parametrize(
        ("block", "mistake"),
        [
            ('#, fuzzy\nmsgid "a"\nmsgstr "b"', "fuzzy"),
            ('msgid "a"\nmsgstr ""', "untranslated"),
            ('msgid "a"\nmsgid_plural "b"\nmsgstr[0] "c"\nmsgstr[1] ""', "untranslated"),
            ('msgid ""\n"{actor} left "\n"{before[role]}"\nmsgstr "{actor} ging"', "placeholders"),
            (
                'msgid "%(n)s day"\nmsgid_plural "%(n)s days"\nmsgstr[0] "%(n)s Tag"\nmsgstr[1] "Tage"',
                "placeholders",
            ),
            ('msgid "<b>%(name)s</b>"\nmsgstr "%(name)s"', "placeholders"),
        ],
    )
    def test_planted_mistake_is_found(self, block: str, mistake: str) -> None:
        assert message_of(block).mistakes() == [mistake]


class TestPages:
    @pytest.fixture(autouse=True)
    def _language_ends_with_the_test(self) -> Iterator[None]:
        """Django leaves a request's language behind in the thread."""
        with translation.override("en"):
            yield

    def test_a_visitor_reads_the_language_of_their_browser(self, db: None) -> None:
        page = Client(headers={"accept-language": "de-AT,en;q=0.5"}).get(reverse("account_login"))
        assert "Passwort vergessen?" in page.content.decode()

    def test_a_new_person_keeps_the_language_of_their_browser(self, db: None) -> None:
        new = {"name": "Jonas", "email": "jonas@example.com", "password1": people.PASSWORD}
        Client(headers={"accept-language": "de"}).post(reverse("account_signup"), new)
        assert User.objects.get().language == "de"
        assert mail.outbox[0].subject == "Bestätige deine Adresse"

    def test_an_invitation_is_written_in_the_language_of_its_sender(
        self, tenant: Tenant, as_tenant: Any, member: Callable[..., User]
    ) -> None:
        with as_tenant(tenant, "admin", member("admin", language="de", name="Jonas")):
            invitation_create(email="li@example.com", role="viewer")

        call_command("deliver_events")

        (message,) = mail.outbox
        assert message.subject == f"Jonas lädt dich zu {tenant.name} ein"
        assert "mit der Rolle Betrachter" in message.body
