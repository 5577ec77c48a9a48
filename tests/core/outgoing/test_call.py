"""A call ends in time and in size, whatever the other side does."""

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from apps.core import outgoing, scope
from apps.core.outgoing import Timeout
from tests.core.outgoing.servers import Server, answering

Serve = Callable[..., Server]
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SHORT = Timeout(connect=0.3, total=0.4)


def test_an_answer_comes_back_whole(serve: Serve) -> None:
    server = serve(answering(201, b'{"id": 7}', "Content-Type: application/json"))

    answer = outgoing.request("POST", f"{server.url}/in?x=1", destination="here", content=b"hello")

    assert (answer.status, answer.content, answer.is_truncated) == (201, b'{"id": 7}', False)
    assert answer.headers["content-type"] == "application/json"
    assert server.asked[0].startswith(b"POST /in?x=1 HTTP/1.1\r\n")
    assert b"hello" in server.asked[0]


def test_servers_of_ours_are_called_over_one_connection(serve: Serve) -> None:
    def answer_twice(connection: socket.socket) -> None:
        well = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell"
        connection.sendall(well)
        if connection.recv(65536):
            connection.sendall(well)

    server = serve(answer_twice)
    for _call in range(2):
        assert outgoing.request("GET", server.url, destination="here").content == b"well"

    assert len(server.asked) == 1  # one connection


def test_a_bad_status_is_an_answer_too(serve: Serve) -> None:
    assert outgoing.request("GET", serve(answering(500)).url, destination="here").status == 500


def test_the_request_and_its_trace_travel_to_servers_of_ours(serve: Serve) -> None:
    server = serve(answering())
    with scope.use(request_id="their-request", trace=TRACE):
        outgoing.request("GET", server.url, destination="here")

    assert b"X-Request-ID: their-request\r\n" in server.asked[0]
    assert f"traceparent: {TRACE}\r\n".encode() in server.asked[0]


@pytest.mark.usefixtures("own_network")
def test_others_are_told_nothing_of_ours(serve: Serve) -> None:
    server = serve(answering())
    with scope.use(request_id="their-request", trace=TRACE):
        outgoing.request("GET", server.url, destination="there", untrusted=True)

    assert b"their-request" not in server.asked[0]
    assert b"traceparent" not in server.asked[0]


def test_redirects_are_not_followed(serve: Serve) -> None:
    target = serve(answering())
    server = serve(answering(302, b"", f"Location: {target.url}/secret"))

    assert outgoing.request("GET", server.url, destination="here").status == 302
    assert target.asked == []


def test_proxies_of_the_environment_are_ignored(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, server = serve(answering()), serve(answering())
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("ALL_PROXY", proxy.url)

    outgoing.request("GET", server.url, destination="here")

    assert (len(proxy.asked), len(server.asked)) == (0, 1)


@pytest.mark.parametrize("part", [b"H", b"X-Drop: 1\r\n", b"x"], ids=["status", "headers", "content"])
def test_a_server_that_drips_is_left_in_time(serve: Serve, part: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        begun = {b"H": b"", b"X-Drop: 1\r\n": b"HTTP/1.1 200 OK\r\n", b"x": b"HTTP/1.1 200 OK\r\n\r\n"}[part]
        connection.sendall(begun)
        for _ in range(50):
            connection.sendall(part)
            time.sleep(0.05)

    server, started = serve(drip), time.monotonic()
    with pytest.raises((outgoing.TimedOut, outgoing.Unreachable)):
        outgoing.request("GET", server.url, destination="here", timeout=SHORT)

    assert time.monotonic() - started < 0.9


def test_a_server_that_never_reads_is_left_in_time(serve: Serve) -> None:
    server, started = serve(lambda connection: time.sleep(3)), time.monotonic()
    with pytest.raises(outgoing.TimedOut):
        outgoing.request("POST", server.url, destination="here", content=b"x" * 30_000_000, timeout=SHORT)

    assert time.monotonic() - started < 0.9


def test_a_server_that_hangs_up_is_unreachable(serve: Serve) -> None:
    with pytest.raises(outgoing.Unreachable):
        outgoing.request("GET", serve(lambda connection: connection.close()).url, destination="here")


@pytest.mark.parametrize("untrusted", [True, False])
def test_a_number_is_written_as_an_address_is(serve: Serve, untrusted: bool, settings: Any) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = ["::1/128"]
    server = serve(answering(), host="::1")

    url = f"http://[::1]:{server.port}/"
    assert outgoing.request("GET", url, destination="here", untrusted=untrusted).status == 200
    assert f"Host: [::1]:{server.port}\r\n".encode() in server.asked[0]


def test_a_closed_port_is_unreachable() -> None:
    with pytest.raises(outgoing.Unreachable) as refused:
        outgoing.request("GET", "http://127.0.0.1:9", destination="here")

    assert "refused" in refused.value.reason


def test_a_large_answer_is_refused_or_cut_off(serve: Serve) -> None:
    server = serve(answering(200, b"x" * 100_000))
    with pytest.raises(outgoing.AnswerTooLarge):
        outgoing.request("GET", server.url, destination="here")

    answer = outgoing.request("GET", server.url, destination="here", max_response=10, truncate=True)
    assert (answer.content, answer.is_truncated) == (b"x" * 10, True)
