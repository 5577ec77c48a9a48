"""What is tried at a route, by whom, and how the answers are judged."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, TestCase

from apps.core.ids import new_id
from tests.architecture.leaks.exemptions import EXEMPT
from tests.architecture.leaks.holdings import Holdings, fingerprint
from tests.architecture.leaks.routes import Route

REFUSALS = {401, 403, 404, 405}


class Visitor(Protocol):
    """Somebody with a browser or a key. `slug` is their workspace's, if they have one."""

    @property
    def name(self) -> str: ...

    @property
    def slug(self) -> str: ...

    def browser(self) -> Client: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request. `workspace` goes into the header that names one."""

    method: str
    path: str
    workspace: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)

    def renamed(self, names: Mapping[str, str]) -> "Attempt":
        """Return the same request to another address."""
        path, workspace = self.path, self.workspace
        for old, new in names.items():
            path, workspace = path.replace(old, new), workspace.replace(old, new)
        return replace(self, path=path, workspace=workspace)

    @property
    def is_json(self) -> bool:
        return self.path.startswith("/api/")

    @property
    def address(self) -> str:
        return f"{self.path} {self.workspace}"

    def send(self, browser: Client) -> HttpResponse:
        """Send it, and return the answer; a defect becomes a 500."""
        headers = {settings.WORKSPACE_HEADER: self.workspace} if self.workspace else {}
        path, content = self.path, {}
        if self.method in ("GET", "HEAD", "OPTIONS", "DELETE"):
            path += f"?{urlencode(self.body, doseq=True)}" if self.body else ""
        elif self.is_json:
            content = {"data": dict(self.body), "content_type": "application/json"}
        else:
            content = {
                "data": urlencode(self.body, doseq=True),
                "content_type": "application/x-www-form-urlencoded",
            }
        response = getattr(browser, self.method.lower())(path, headers=headers, **content)
        return _read(response) if response.streaming else response


@dataclass(frozen=True, kw_only=True)
class Siege:
    """The victim, and the judgement of what attackers are told."""

    victim: Holdings
    victims_owner: Visitor
    own: Holdings
    before: dict[str, str]
    secrets: dict[str, str]

    def faults(self, route: Route, attacker: Visitor, attempt: Attempt) -> list[str]:
        """Make an attempt, take it back, and return what was wrong with the answer, as sentences."""
        with taken_back():
            response, sent = _answer(attacker, attempt)
            after = fingerprint(self.victim)
        faults = [
            *self._defects(response),
            *self._leaks(attempt, response, sent),
            *self._changes(after),
            *self._wrong_status(route, attacker, attempt, response),
        ]
        label = f"{attempt.method} {route} ({route.view}) by {attacker.name}"
        return [f"{label}: {fault} Sent: {attempt}" for fault in faults if (str(route), fault) not in EXEMPT]

    def _defects(self, response: HttpResponse) -> list[str]:
        if response.status_code < 500:
            return []
        return [
            f"It answered {response.status_code}, from {_reason(response)}. Answer 404 for what is not there."
        ]

    def _leaks(self, attempt: Attempt, response: HttpResponse, sent: str) -> list[str]:
        """Return what the answer tells of the victim, beyond what the attacker said themselves."""
        told = f"{response.getvalue().decode(errors='replace')}\n{_head(response)}\n{sent}"
        for value in self._said(attempt):
            told = told.replace(value, "")
        found = {
            text: origin
            for text, origin in self.secrets.items()
            if text in told or (len(text) == 36 and text.replace("-", "") in told)
        }
        return [
            f"It told “{text[:60]}” of the victim ({origin}). Read through a selector that filters by "
            "scope.tenant_id(), in the scope of the request."
            for text, origin in list(found.items())[:3]
        ]

    def _said(self, attempt: Attempt) -> Iterator[str]:
        said = f"{attempt.address} {attempt.body}"
        for text in sorted(self.secrets, key=len, reverse=True):
            if text in said:
                yield from {text, escape(text), quote(text, safe=""), quote(text)}

    def _changes(self, after: dict[str, str]) -> list[str]:
        return [
            f"It changed rows of the victim in {table}. Write in the scope of the request, never as the platform."
            for table, digest in after.items()
            if digest != self.before[table]
        ]

    def _wrong_status(
        self, route: Route, attacker: Visitor, attempt: Attempt, response: HttpResponse
    ) -> list[str]:
        """Return a fault if an address of the victim's, or of the staff's, does not turn the attacker away."""
        if _refuses(response):
            return []
        if route.is_backoffice:
            return [
                f"It let somebody in who is no staff ({response.status_code}). Register the page with the admin site."
            ]
        if not any(text in attempt.address for text in self.secrets):
            return []
        # What it answers to any made-up address as well tells nothing about the victim's.
        made_up = {text: _made_up(text) for text in self.secrets if text in attempt.address}
        with taken_back():
            other, _mails = _answer(attacker, attempt.renamed(made_up))
        if other.status_code == response.status_code:
            return []
        return [f"It answered {response.status_code} for something of the victim's; it must be 404 or 403."]


@contextmanager
def taken_back() -> Iterator[None]:
    """Undo what happens in the block: in the database, in the cache, in the outbox of mails."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]
    cache.key_prefix = f"leak:{new_id()}"
    mail.outbox.clear()
    with block:
        yield
        transaction.set_rollback(True)


def _answer(attacker: Visitor, attempt: Attempt) -> tuple[HttpResponse, str]:
    """Return the answer, and the mails that it caused."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        response = attempt.send(attacker.browser())
    return response, "\n".join(str(message.message()) for message in mail.outbox)


def _read(response: Any) -> HttpResponse:
    """Return a streamed answer as a whole; one that breaks off is a 500."""
    try:
        whole: Any = HttpResponse(
            response.getvalue(), status=response.status_code, headers=dict(response.headers)
        )
    except Exception as error:
        whole = HttpResponse(status=500)
        whole.exc_info = (type(error), error, None)
    return whole


def _refuses(response: HttpResponse) -> bool:
    to_log_in = response.status_code == 302 and response["Location"].startswith("/account/login/")
    return response.status_code in REFUSALS or to_log_in


def _reason(response: Any) -> str:
    kind, error, _traceback = getattr(response, "exc_info", None) or (None, None, None)
    return f"{kind.__name__}: {error}" if kind else "an error page"


def _head(response: HttpResponse) -> str:
    return f"{response.headers}\n{response.cookies.output()}"


def _made_up(text: str) -> str:
    return str(new_id()) if len(text) == 36 else "made-up" + "x" * len(text)
