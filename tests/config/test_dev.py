"""`make dev` with a stand-in for Django: what it starts, what it says, and what it leaves."""

import os
import signal
import socket
from pathlib import Path

import psycopg
import pytest
import redis

from tests.config.conftest import Checkout


def test_dev_tells_how_to_begin_and_stops_everything_on_ctrl_c(checkout: Checkout) -> None:
    with checkout.dev() as process:
        ready = checkout.read("dev.json")
        user = {"email": "ada@example.com", "password": "pw", "workspace": "acme", "role": "owner"}
        assert ready["url"] == f"http://localhost:{checkout.port}"
        assert ready["users"] == [user]
        assert _logins(ready) == "tenon"
        assert _listens(checkout.port)

        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=15)

    assert process.returncode == 0
    for part in (
        f"http://localhost:{checkout.port}/dev/mail/",
        "ada@example.com",
        "Bearer key",
        "4242",
        "Stopped.",
    ):
        assert part in output
    assert not _listens(checkout.port)
    assert not (checkout.root / "var" / "dev.json").exists()
    assert not (checkout.root / "var" / "services.json").exists()
    with pytest.raises(psycopg.OperationalError):
        _logins(ready)
    with redis.Redis.from_url(str(ready["valkey_url"])) as client, pytest.raises(redis.ConnectionError):
        client.ping()


def test_after_a_crash_dev_starts_again_with_its_data(checkout: Checkout) -> None:
    with checkout.dev() as process:
        ready = checkout.read("dev.json")
        process.kill()

    with checkout.dev() as process:
        assert checkout.read("dev.json")["database_url"] == ready["database_url"]
    assert process.returncode == 0


def test_the_second_start_does_not_prepare_the_database_again(checkout: Checkout) -> None:
    with checkout.dev():
        pass
    with checkout.dev() as process:
        process.send_signal(signal.SIGINT)
        assert "Preparing" not in process.communicate(timeout=15)[0]

    migration = checkout.root / "apps" / "radar" / "migrations" / "0002_more.py"
    migration.parent.mkdir(parents=True)
    migration.touch()

    with checkout.dev() as process:
        process.send_signal(signal.SIGINT)
        assert "Preparing" in process.communicate(timeout=15)[0]


def test_without_its_file_stripe_is_told_the_plans_again(checkout: Checkout) -> None:
    with checkout.dev():
        pass
    (checkout.root / "var" / "stripe.sqlite3").unlink()

    with checkout.dev() as process:
        process.send_signal(signal.SIGINT)
        assert "Preparing" in process.communicate(timeout=15)[0]


def test_the_server_is_started_again_when_the_code_changes(checkout: Checkout) -> None:
    (checkout.root / "changed").touch()

    with checkout.dev():
        assert _listens(checkout.port)
    assert not (checkout.root / "changed").exists()


def test_a_second_dev_in_the_same_folder_is_refused(checkout: Checkout) -> None:
    with checkout.dev() as first:
        second = checkout.run("-m", "config.dev", PORT="1")

    assert second.returncode == 1
    assert f"already runs here: http://localhost:{checkout.port} (process {first.pid})" in second.stderr


def test_a_child_that_dies_stops_the_rest(checkout: Checkout) -> None:
    (checkout.root / "die").touch()

    done = checkout.run("-m", "config.dev")
    (checkout.root / "die").unlink()

    assert done.returncode == 1
    assert "the relay broke" in done.stdout
    assert "has ended with exit code 1" in done.stderr
    assert not _listens(checkout.port)


@pytest.mark.parametrize("name", ["PostgreSQL", "Valkey"])
def test_a_server_that_dies_is_named_and_stops_the_rest(checkout: Checkout, name: str) -> None:
    with checkout.dev() as process:
        _shut_down(checkout, name)
        output, _ = process.communicate(timeout=15)

    assert process.returncode == 1
    assert f"{name} has ended, so the rest stops too. Start again with `make dev`." in output
    assert not _listens(checkout.port)


def test_a_taken_port_names_its_holder_and_another_port(checkout: Checkout) -> None:
    with socket.create_server(("127.0.0.1", checkout.port)):
        done = checkout.run("-m", "config.dev")

    assert done.returncode == 1
    assert f"Port {checkout.port} is taken by " in done.stderr
    assert f"(process {os.getpid()})" in done.stderr
    assert f"PORT={checkout.port + 1} make dev" in done.stderr


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"DATABASE_URL": "postgresql://tenon:secret@127.0.0.1:1/tenon"}, "DATABASE_URL does not work: "),
        ({"DATABASE_URL": "mysql://127.0.0.1/tenon"}, "DATABASE_URL must look like postgresql://"),
        ({"VALKEY_URL": "redis://:secret@127.0.0.1:1/0"}, "VALKEY_URL does not work: "),
        ({"PORT": "http"}, "PORT is 'http'. Set it to a whole number"),
        ({"PORT": "70000"}, "PORT is 70000. Set it to a number from 1 to 65535."),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL is 'LOUD'. Set it to DEBUG, INFO, WARNING or ERROR."),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT is 'xml'. Set it to json or console."),
        ({"DEBUG": "maybe"}, "DEBUG is 'maybe'. Set it to true or false."),
        ({"DB_POOLING": "zz"}, "DB_POOLING is 'zz'. Set it to none or transaction."),
        ({"BASE_URL": "http://"}, "BASE_URL is 'http://'. Set it to an address such as "),
        ({"EMAIL_URL": "smtp://"}, "EMAIL_URL names no valid server. Set it to one like "),
        (
            {"EMAIL_URL": "smtp://user:secret@host:post"},
            "EMAIL_URL names no valid server. Set it to one like ",
        ),
        ({"TRUSTED_PROXY_COUNT": "x"}, "TRUSTED_PROXY_COUNT is 'x'. Set it to a whole number, such as 0."),
    ],
)
def test_a_wrong_setting_gets_one_sentence(
    checkout: Checkout, variables: dict[str, str], sentence: str
) -> None:
    done = checkout.run("-m", "config.dev", **variables)

    assert done.returncode == 1
    assert done.stderr.startswith(sentence)
    assert len(done.stderr.strip().splitlines()) == 1
    assert "secret" not in done.stderr
    assert "Starting" not in done.stdout


def test_a_settings_file_in_another_encoding_gets_one_sentence(checkout: Checkout) -> None:
    file = checkout.root / ".env"
    file.write_bytes("DEFAULT_FROM_EMAIL=Jürgen <j@tenon.example>".encode("latin-1"))

    done = checkout.run("-m", "config.dev")
    file.unlink()

    assert done.returncode == 1
    assert done.stderr == "The file .env is not UTF-8 text. Save it again as UTF-8.\n"


def _logins(ready: dict[str, object]) -> str:
    with psycopg.connect(str(ready["database_url"])) as connection:
        row = connection.execute("select current_user").fetchone()
    assert row is not None
    return str(row[0])


def _shut_down(checkout: Checkout, name: str) -> None:
    if name == "Valkey":
        with redis.Redis.from_url(str(checkout.read("dev.json")["valkey_url"])) as client:
            client.shutdown(nosave=True)
        return
    data = checkout.python("from config.embedded.place import Place; print(Place('dev').home / 'postgres')")
    os.kill(int((Path(data) / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
