"""The outbox of development: mails become files, which /dev/mail/ shows."""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage as ParsedMail
from email.policy import default
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from apps.core.ids import new_id

LINK = re.compile(r"https?://[^\s<>\"']+")
ID = re.compile(r"[0-9a-f]{32}")


class OutboxBackend(BaseEmailBackend):
    """Writes each message to a file of its own in settings.EMAIL_FILE_PATH instead of sending it."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            _write(f"{new_id().hex}.eml", message.message().as_bytes())
        return len(email_messages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail in the outbox. `links` are the addresses that its text holds, in order."""

    id: str
    subject: str
    sender: str
    to: str
    sent_at: datetime | None
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    links: tuple[str, ...]


def newest(limit: int = 100) -> list[Mail]:
    """Return the newest mails, newest first."""
    paths = sorted(_folder().glob("*.eml"), reverse=True)[:limit]  # ids follow the order of time
    return [_read(path) for path in paths]


def find(mail_id: str) -> Mail | None:
    """Return a mail, or None if there is none with this id."""
    path = _folder() / f"{mail_id}.eml"
    return _read(path) if ID.fullmatch(mail_id) and path.exists() else None


def _folder() -> Path:
    return Path(settings.EMAIL_FILE_PATH)


def _write(name: str, content: bytes) -> None:
    """Write a file whole or not at all: the list may be read at the same moment."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{name}.part"
    unfinished.write_bytes(content)
    os.replace(unfinished, folder / name)


def _read(path: Path) -> Mail:
    parsed = message_from_bytes(path.read_bytes(), policy=default)
    text = _body(parsed, "plain")
    return Mail(
        id=path.stem,
        subject=str(parsed["Subject"] or ""),
        sender=str(parsed["From"] or ""),
        to=str(parsed["To"] or ""),
        sent_at=parsed["Date"].datetime if parsed["Date"] else None,
        headers=tuple((name, str(value)) for name, value in parsed.items()),
        text=text,
        html=_body(parsed, "html"),
        links=tuple(_unique(LINK.findall(text))),
    )


def _body(parsed: ParsedMail, kind: str) -> str:
    part = parsed.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""


def _unique(links: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(link.rstrip(".,;:)") for link in links)
