"""Servers on this machine that behave as badly as real ones."""

import re
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ssl import SSLContext

MOST_READ = 65536  # bytes; the script gets the connection with what is longer still unread

Script = Callable[[socket.socket], None]


@dataclass
class Server:
    """A server that hands each connection to `script`, and keeps what was asked."""

    port: int
    asked: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(script: Script, *, tls: SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Server]:
    """Serve on a free port for the block. The script gets the connection once a request was read."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):  # the caller had enough
                with tls.wrap_socket(self.request, server_side=True) if tls else self.request as connection:
                    self.talk(connection)

        def talk(self, connection: socket.socket) -> None:
            asked = b""
            while not _is_whole(asked):
                if not (part := connection.recv(65536)):
                    return
                asked += part
            known.asked.append(asked)
            script(connection)

    class Threads(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

    with Threads((host, 0), Handler) as server:
        known = Server(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield known
        finally:
            server.shutdown()
            thread.join()


def _is_whole(asked: bytes) -> bool:
    head, end, content = asked.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    expected = int(length[1]) if length else 0
    return bool(end) and (len(content) == expected or expected > MOST_READ)


def answering(status: int = 200, content: bytes = b"well", *headers: str) -> Script:
    """Return a script that answers properly, and closes."""
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}", "Connection: close", *headers]
    return lambda connection: connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + content)
