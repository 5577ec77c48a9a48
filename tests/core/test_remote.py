"""Calls between processes: they come back as they were meant, once, and only with a token of ours."""

import json
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Thread
from types import ModuleType
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import jwt
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import translation
from django.utils.translation import gettext

from apps.core import outgoing, scope
from apps.core.errors import ApplicationError, Conflict, Invalid, NotFound, PermissionDenied, Unavailable
from apps.core.ids import new_id
from apps.core.modules import implementation
from apps.core.remote import tokens
from apps.core.remote.client import RemoteFault, RemoteModule
from apps.core.remote.problems import document, error_of
from apps.core.remote.server import AnsweredBefore, ModuleApplication
from apps.core.scope import Actor, Scope
from apps.tenancy.interface import SlugTaken, WorkspaceIsClosed, WorkspaceIsSuspended


class Words(ABC):
    """A module of this test's."""

    @abstractmethod
    def list_words(self, *, like: str = "") -> tuple[str, ...]:
        """Return words."""

    @abstractmethod
    def add_word(self, *, word: str) -> None:
        """Add one."""

    @abstractmethod
    def make_word(self, *, length: int) -> str:
        """Add one, and return it."""


Words.__module__ = "apps.words.interface"


class LocalWords(Words):
    """Keeps them in a list; a read does what `answer` says."""

    words: list[str] = []
    answer: Callable[[], tuple[str, ...]] = staticmethod(lambda: tuple(LocalWords.words))

    def list_words(self, *, like: str = "") -> tuple[str, ...]:
        return type(self).answer()

    def add_word(self, *, word: str) -> None:
        self.words.append(word)

    def make_word(self, *, length: int) -> str:
        self.words.append("x" * length)
        return self.words[-1]


class RemoteWords(RemoteModule, Words):
    """The words of another process."""


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@pytest.fixture
def words(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Words]:
    """The client; its server runs in a thread."""
    planted = ModuleType("apps.words.interface")
    planted.Words = Words  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "apps.words.interface", planted)
    monkeypatch.setitem(sys.modules, "apps.words", ModuleType("apps.words"))
    monkeypatch.setattr(LocalWords, "words", [])
    monkeypatch.setattr(outgoing.circuit, "FAILURES", 1000)
    settings.MODULES = settings.MODULES | {"words": f"{__name__}.LocalWords"}
    settings.REMOTE_MODULES = {"words": f"{__name__}.RemoteWords"}
    with make_server("127.0.0.1", 0, ModuleApplication("words"), handler_class=Quiet) as server:
        settings.MODULE_URLS = {"words": f"http://127.0.0.1:{server.server_port}"}
        Thread(target=serve, args=(server,), daemon=True).start()
        yield implementation(Words)
        server.shutdown()


def serve(server: Any) -> None:
    server.serve_forever(poll_interval=0.02)
    connection.close()


def answering(monkeypatch: pytest.MonkeyPatch, answer: Callable[[], Any]) -> None:
    monkeypatch.setattr(LocalWords, "answer", staticmethod(answer))


def raising(error: Exception) -> Callable[[], Any]:
    def answer() -> Any:
        raise error

    return answer


def a_call(**changes: Any) -> tokens.Call:
    given = {
        "module": "words",
        "method": "list_words",
        "body": b"{}",
        "key": new_id(),
        "scope": Scope(tenant_id=new_id()),
        "language": "en",
    }
    return tokens.Call(**given | changes)


def send(settings: Any, token: str, *, method: str = "list_words", body: bytes = b"{}") -> httpx.Response:
    return httpx.post(
        f"{settings.MODULE_URLS['words']}/words/{method}",
        content=body,
        headers={"Authorization": f"Bearer {token}".strip()},
    )


class TestCalls:
    def test_the_scope_and_the_language_travel(self, words: Words, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[Any] = []

        def look() -> tuple[str, ...]:
            seen.append((scope.current(), translation.get_language()))
            return ()

        answering(monkeypatch, look)
        mine = Scope(
            role="platform",
            tenant_id=new_id(),
            cell="pool",
            user_id=new_id(),
            actor=Actor(kind="person", id=new_id(), label="Ana Ruiz"),
            permissions=frozenset({"audit.read", "members.invite"}),
            request_id="request-1234",
        )

        with scope.activate(mine), translation.override("de"):
            words.list_words()

        ((there, language),) = seen
        assert language == "de"
        # A module apart has no cells, and is the application, whoever calls.
        assert there == Scope(
            **{f: getattr(mine, f) for f in Scope.__slots__} | {"role": "app", "cell": None}
        )

    def test_arguments_are_those_of_the_interface(self, words: Words) -> None:
        with pytest.raises(TypeError):
            words.list_words(unlike="x")  # type: ignore[call-arg]

    @pytest.mark.django_db(transaction=True)
    def test_writes_write(self, words: Words) -> None:
        words.add_word(word="ä")
        assert words.make_word(length=3) == "xxx"
        assert words.list_words() == ("ä", "xxx")

    def test_a_read_is_tried_again(self, words: Words, monkeypatch: pytest.MonkeyPatch) -> None:
        answers = [raising(OperationalError()), lambda: ("back",)]
        answering(monkeypatch, lambda: answers.pop(0)())
        assert words.list_words() == ("back",)

    def test_nobody_there_is_unavailable(self, words: Words, settings: Any) -> None:
        settings.MODULE_URLS = {"words": "http://127.0.0.1:9"}
        with pytest.raises(Unavailable):
            words.list_words()


@pytest.mark.django_db(transaction=True)
class TestOnce:
    """A write whose answer was lost comes again with the same key."""

    def test_it_writes_once(self, words: Words, settings: Any) -> None:
        body = b'{"word":"once"}'
        token = tokens.sign(a_call(method="add_word", body=body))

        answers = [send(settings, token, method="add_word", body=body) for _time in range(3)]

        assert [(answer.status_code, answer.json()) for answer in answers] == [(200, None)] * 3
        assert words.list_words() == ("once",)

    def test_an_answer_that_was_lost_is_not_made_up(self, words: Words, settings: Any) -> None:
        body = b'{"length":2}'
        token = tokens.sign(a_call(method="make_word", body=body))

        first, second = (send(settings, token, method="make_word", body=body) for _time in range(2))

        assert first.json() == "xx"
        assert isinstance(error_of(second.json()), AnsweredBefore)
        assert words.list_words() == ("xx",)

    def test_one_that_failed_may_come_again(
        self, words: Words, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        body = b'{"word":"late"}'
        token = tokens.sign(a_call(method="add_word", body=body))
        with monkeypatch.context() as patch:
            patch.setattr(LocalWords, "add_word", lambda self, *, word: raising(Conflict())())
            assert send(settings, token, method="add_word", body=body).status_code == 409

        assert send(settings, token, method="add_word", body=body).status_code == 200
        assert words.list_words() == ("late",)


ERRORS = [
    Invalid(fields={"name": ["Enter a name.", "Not that."]}),
    Invalid("This is not acceptable."),
    NotFound(),
    PermissionDenied(permission="members.invite"),
    SlugTaken(),
    Unavailable("Come back later."),
    WorkspaceIsSuspended(reason="Unpaid", support="help@example.com"),
    WorkspaceIsClosed(erase_due_at=datetime(2026, 3, 1, tzinfo=UTC), owners=("Ana", "Li")),
]


class TestErrors:
    @pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
    def test_they_come_back_as_themselves(
        self, words: Words, monkeypatch: pytest.MonkeyPatch, error: ApplicationError
    ) -> None:
        answering(monkeypatch, raising(error))

        with pytest.raises(type(error)) as raised:
            words.list_words()

        assert type(raised.value) is type(error)
        assert _told(raised.value) == _told(error)

    def test_their_message_is_in_the_language_of_the_caller(
        self, words: Words, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answering(monkeypatch, lambda: raising(Invalid(gettext("Owner")))())
        with translation.override("de"), pytest.raises(Invalid, match=gettext("Owner")):
            words.list_words()

    @pytest.mark.parametrize("error", [RuntimeError("a secret"), KeyError("x")])
    def test_a_defect_there_is_a_fault_here(
        self, words: Words, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        answering(monkeypatch, raising(error))
        with pytest.raises(RemoteFault, match=r"words.list_words answered 500") as raised:
            words.list_words()
        assert "a secret" not in str(raised.value)

    def test_every_error_has_a_code_of_its_own(self) -> None:
        kinds = dict.fromkeys(_below(ApplicationError))
        codes = [kind.code for kind in kinds if "code" in vars(kind) and kind.__module__.startswith("apps.")]
        assert sorted(codes) == sorted(set(codes))

    @pytest.mark.parametrize(
        "problem", [{}, {"code": "no_such_error"}, [], {"code": "invalid", "details": 1}]
    )
    def test_what_is_no_error_of_ours_is_told_apart(self, problem: Any) -> None:
        with pytest.raises((LookupError, TypeError, ValueError)):
            error_of(problem)

    def test_the_document_is_plain_json(self) -> None:
        assert json.loads(json.dumps(document(ERRORS[0])))["details"]["fields"]["name"][1] == "Not that."


def _told(error: ApplicationError) -> dict[str, Any]:
    told = {name: value for name, value in vars(error).items() if name not in ("message", "fields")}
    fields = {name: list(messages) for name, messages in getattr(error, "fields", {}).items()}
    return told | {"message": str(error.message), "fields": fields, "status": error.status}


def _below(kind: type[ApplicationError]) -> list[type[ApplicationError]]:
    return [kind, *(each for child in kind.__subclasses__() for each in _below(child))]


class TestTokens:
    def test_the_secret_rotates(self, words: Words, settings: Any) -> None:
        old, new = "o" * 40, "n" * 40
        settings.SERVICE_SECRETS = [old]
        token = tokens.sign(a_call())

        settings.SERVICE_SECRETS = [new, old]
        assert send(settings, token).status_code == 200
        settings.SERVICE_SECRETS = [new]
        assert send(settings, token).status_code == 401

    @pytest.mark.parametrize(
        "call",
        [
            {"module": "audit"},
            {"method": "add_word"},
            {"body": b'{"like":"x"}'},
        ],
        ids=["of another module", "of another method", "of other arguments"],
    )
    def test_a_token_is_good_for_one_call(self, words: Words, settings: Any, call: dict[str, Any]) -> None:
        assert send(settings, tokens.sign(a_call(**call))).status_code == 401

    @pytest.mark.parametrize(
        "claims",
        [
            {"exp": 1_000_000_000},
            {"iat": 100_000_000_000},
            {"iss": "somebody"},
            {"aud": None},
            {"jti": "7"},
            {"scope": {"tenant_id": "x"}},
            {"scope": None},
            {"exp": None},
        ],
        ids=str,
    )
    def test_a_token_must_be_whole_ours_and_of_now(
        self, words: Words, settings: Any, claims: dict[str, Any]
    ) -> None:
        secret = settings.SERVICE_SECRETS[0]
        good = jwt.decode(tokens.sign(a_call()), options={"verify_signature": False})
        changed = {name: value for name, value in (good | claims).items() if value is not None}
        assert send(settings, jwt.encode(good, secret, "HS256")).status_code == 200
        assert send(settings, jwt.encode(changed, secret, "HS256")).status_code == 401

    def test_a_changed_scope_breaks_the_signature(self, words: Words, settings: Any) -> None:
        head, _claims, signature = tokens.sign(a_call()).split(".")
        other = tokens.sign(a_call(scope=Scope(tenant_id=new_id()))).split(".")[1]
        assert send(settings, f"{head}.{other}.{signature}").status_code == 401

    @pytest.mark.parametrize("algorithm", ["none", "HS512"])
    def test_no_other_algorithm_is_taken(self, words: Words, settings: Any, algorithm: str) -> None:
        good = jwt.decode(tokens.sign(a_call()), options={"verify_signature": False})
        secret = None if algorithm == "none" else settings.SERVICE_SECRETS[0] * 2
        assert send(settings, jwt.encode(good, secret, algorithm)).status_code == 401  # type: ignore[arg-type]

    @pytest.mark.parametrize("token", ["", "x", "a.b.c"])
    def test_no_token_no_answer(self, words: Words, settings: Any, token: str) -> None:
        assert send(settings, token).status_code == 401

    def test_other_secrets_here_and_there_are_a_fault_of_ours(self, words: Words, monkeypatch: Any) -> None:
        monkeypatch.setattr(tokens, "verify", raising_refusal)
        with pytest.raises(RemoteFault, match="service_token_refused"):
            words.list_words()


def raising_refusal(*_: Any, **__: Any) -> Any:
    raise tokens.TokenRefused


class TestServer:
    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("healthz", 200),
            ("words/no_such", 404),
            ("words/__class__", 404),
            ("audit/list_choices", 404),
            ("", 404),
            ("account/login/", 404),
            ("words/list_words", 405),
        ],
    )
    def test_it_serves_its_interface_and_its_health_alone(
        self, words: Words, settings: Any, path: str, status: int
    ) -> None:
        assert httpx.get(f"{settings.MODULE_URLS['words']}/{path}").status_code == status

    @pytest.mark.parametrize("module", ["tenancy", "nothing"])
    def test_only_what_can_come_apart_is_served(self, module: str) -> None:
        with pytest.raises(CommandError, match="can't be served apart"):
            call_command("serve_module", module)

    def test_it_is_not_served_without_a_secret(self, settings: Any) -> None:
        settings.SERVICE_SECRETS = []
        with pytest.raises(CommandError, match="SERVICE_SECRET"):
            call_command("serve_module", "audit")
