"""A database and brokers for processes that run beside the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.background import traces
from tests.background.brokers import RABBITMQ, Broker, OwnRabbitMQ, OwnValkey
from tests.background.processes import Processes, processes

SHORT = {"JOBS_LEASE": "2", "BROKER_VISIBILITY_TIMEOUT": "2"}  # seconds


@pytest.fixture
def traced(transactional_db: None) -> Iterator[None]:
    """The tables that handlers and tasks leave their traces in."""
    traces.make_tables()
    yield
    traces.drop_tables()


@pytest.fixture(scope="session")
def valkey(request: pytest.FixtureRequest) -> Iterator[Broker]:
    server = OwnValkey(_worker(request))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def rabbitmq(request: pytest.FixtureRequest) -> Iterator[Broker]:
    if not RABBITMQ.exists():
        pytest.skip("RabbitMQ is not installed: apt-get install rabbitmq-server")
    server = OwnRabbitMQ(_worker(request))
    yield server
    server.remove()


@pytest.fixture(params=["valkey", "rabbitmq"])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Each broker in turn."""
    server: Broker = request.getfixturevalue(request.param)
    server.start()
    return server


@pytest.fixture
def background(traced: None, broker: Broker, tmp_path: Path) -> Iterator[Processes]:
    """Processes on each broker in turn; `background.start(*RELAY)` starts one."""
    with processes(broker_url=broker.url, log=tmp_path / "processes.log") as running:
        yield running


@pytest.fixture
def impatient(traced: None, broker: Broker, tmp_path: Path) -> Iterator[Processes]:
    """Processes on each broker in turn, with leases of two seconds."""
    with processes(broker_url=broker.url, log=tmp_path / "processes.log", **SHORT) as running:
        yield running


@pytest.fixture(autouse=True)
def _say_what_they_said(tmp_path: Path) -> Iterator[None]:
    """After a failure, show what the processes wrote."""
    yield
    log = tmp_path / "processes.log"
    if log.exists():
        print(log.read_text(errors="replace")[-20000:])  # noqa: T201


def _worker(request: pytest.FixtureRequest) -> str:
    return str(getattr(request.config, "workerinput", {}).get("workerid", "main"))
