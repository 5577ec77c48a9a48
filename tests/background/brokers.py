"""Brokers that a test may stop and start. Neither keeps the messages that it held."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from config.embedded.place import Place
from config.embedded.valkey import Valkey
from tests.background.processes import wait_until
from tests.processes import free_port

RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


class Broker(Protocol):
    @property
    def url(self) -> str: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


class OwnValkey:
    """An embedded Valkey of this worker's own."""

    def __init__(self, worker: str) -> None:
        self._place = Place(f"broker_{worker}")
        self._place.join()
        self._server = Valkey(self._place, durable=False)

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> None:
        with self._place.starting():
            self._server.start()

    def stop(self) -> None:
        self._server.stop()


class OwnRabbitMQ:
    """A node of this worker's own, of the RabbitMQ that is installed."""

    def __init__(self, worker: str) -> None:
        self._home = Path(tempfile.mkdtemp(prefix=f"rabbitmq-{worker}-"))
        self._ports = [free_port() for _name in range(3)]
        self._running: subprocess.Popen[bytes] | None = None
        self._epmd: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self._ports[0]}//"

    def start(self) -> None:
        if self._running:
            return
        shutil.rmtree(self._home, ignore_errors=True)
        self._home.mkdir()
        for name, content in (("env.conf", ""), ("plugins", "[].")):
            (self._home / name).write_text(content)
        if not self._epmd:  # else RabbitMQ would start one that stays
            self._epmd = subprocess.Popen(["epmd"], env=self._environment())
        self._running = subprocess.Popen(
            [RABBITMQ],
            env=self._environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(self._listens)

    def stop(self) -> None:
        if self._running:
            with suppress(ProcessLookupError):
                os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait()
            self._running = None

    def remove(self) -> None:
        self.stop()
        if self._epmd:
            self._epmd.kill()
            self._epmd.wait()
        shutil.rmtree(self._home, ignore_errors=True)

    def _listens(self) -> bool:
        assert self._running is not None
        assert self._running.poll() is None, "RabbitMQ has ended"
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._ports[0]), timeout=1):
            return True
        return False

    def _environment(self) -> dict[str, str]:
        amqp, distribution, epmd = map(str, self._ports)
        home = self._home
        return os.environ | {
            "HOME": str(home),  # its cookie, too
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": epmd,
            "RABBITMQ_NODENAME": f"tests{amqp}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": amqp,
            "RABBITMQ_DIST_PORT": distribution,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",
            "RABBITMQ_CONF_ENV_FILE": str(home / "env.conf"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "conf"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
            "RABBITMQ_PID_FILE": str(home / "pid"),
        }
