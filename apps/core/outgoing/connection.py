"""Connections that end in time and go to the very addresses that were checked."""

import socket
from collections.abc import Iterable
from contextvars import ContextVar
from ssl import SSLContext
from typing import Any

import httpcore

from apps.core.outgoing import deadline

#: The addresses to connect to in the present call, whatever the host's name leads to.
pinned: ContextVar[tuple[str, ...]] = ContextVar("pinned", default=())


class Network(httpcore.NetworkBackend):
    """Connects to the pinned addresses, or to those of the host where none are; one after the other."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError(f"no address of {host}")
        for address in pinned.get() or _look_up(host, port):
            try:
                opened = httpcore.SyncBackend().connect_tcp(
                    address,
                    port,
                    _shorter(timeout, httpcore.ConnectTimeout),
                    local_address,
                    socket_options or (),
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return Stream(opened)
        raise failure


class Stream(httpcore.NetworkStream):
    """A connection whose every step ends with the call's time. Timeouts of single steps let a slow drip go on."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _shorter(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        connection: socket.socket = self._inner.get_extra_info("socket")
        while buffer:
            connection.settimeout(_shorter(timeout, httpcore.WriteTimeout))
            try:
                buffer = buffer[connection.send(buffer) :]
            except TimeoutError as error:
                raise httpcore.WriteTimeout(str(error)) from error
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        timeout = _shorter(timeout, httpcore.ConnectTimeout)
        return Stream(self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _shorter(timeout: float | None, late: type[Exception]) -> float:
    """Return the seconds a step may take."""
    left = deadline.left()
    if left <= 0:
        raise late("the time is over")
    return left if timeout is None else min(timeout, left)


def _look_up(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
