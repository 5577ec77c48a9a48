"""A database and a broker for processes that run beside the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.embedded.place import Place
from config.embedded.valkey import Valkey
from tests.background import traces
from tests.background.processes import Processes, processes


@pytest.fixture
def traced(transactional_db: None) -> Iterator[None]:
    """The tables that handlers and tasks leave their traces in."""
    traces.make_tables()
    yield
    traces.drop_tables()


@pytest.fixture(scope="session")
def own_valkey(request: pytest.FixtureRequest) -> Iterator[Valkey]:
    """A Valkey that this worker may stop. It keeps nothing when it stops."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    place = Place(f"broker_{worker}")
    with place.starting():
        place.join()
        server = Valkey(place, durable=False).start()
    yield server
    server.stop()
    place.release()


@pytest.fixture
def background(traced: None, own_valkey: Valkey, tmp_path: Path) -> Iterator[Processes]:
    """Processes on Valkey; `background.start(*RELAY)` starts one."""
    own_valkey.start()
    with processes(broker_url=own_valkey.url, log=tmp_path / "processes.log") as running:
        yield running


@pytest.fixture(autouse=True)
def _say_what_they_said(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """After a failure, show what the processes wrote."""
    yield
    log = tmp_path / "processes.log"
    if log.exists():
        print(log.read_text(errors="replace")[-20000:])  # noqa: T201
