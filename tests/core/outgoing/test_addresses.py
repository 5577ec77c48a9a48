"""Addresses of customers lead to the public internet, or nowhere."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.core import outgoing
from apps.core.outgoing import addresses
from tests.core.outgoing.servers import Script, Server, answering
from tests.fakes.dns import FakeDns

PUBLIC = "93.184.215.14"

REFUSED_NUMBERS = [
    "0.0.0.0",  # noqa: S104
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",  # Alibaba's metadata
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",  # Azure's host
    "169.254.169.254",  # metadata of AWS, Google, Azure
    "169.254.170.2",  # credentials of containers on AWS
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",  # Oracle's metadata
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",  # IPv4-compatible
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "::ffff:0:127.0.0.1",  # translated
    "64:ff9b::127.0.0.1",  # NAT64
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",  # Teredo
    "2001:0:7f00:1::",
    "2001:db8::1",
    "2002:7f00:1::",  # 6to4
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",  # AWS's metadata
    "fd20:ce::254",  # Google's
    "fe80::1",
    "fec0::1",
    "ff02::1",
]

REFUSED_SPELLINGS = [
    "https://2130706433/",
    "https://0x7f000001/",
    "https://017700000001/",
    "https://0177.0.0.1/",
    "https://0x7f.0.0.1/",
    "https://127.0.0.0x1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.0.0.1./",
    "https://0/",
    "https://1.1.1.1.1/",
    "https://%31%32%37.0.0.1/",
    "https://１２７.０.０.１/",
    "https://127。0。0。1/",
    "https://①②⑦.⓪.⓪.①/",
    "https://ⓛocalhost/",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://app.localhost/",
    "https://[::]/",
    "https://[::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[::ffff:7f00:1]/",
    "https://[0:0:0:0:0:ffff:127.0.0.1]/",
    "https://intranet/",
    "https://hooks.example.com./",
    "https://hooks..example.com/",
    "https://-hooks.example.com.:443/",
    "https://user@hooks.example.com/",
    "https://user:secret@hooks.example.com/",
    "https://hooks.example.com\\@127.0.0.1/",
    "https://hooks.example.com\\.internal/",
    "https://hooks.example.com:22/",
    "https://hooks.example.com:6379/",
    "https://hooks.example.com:0/",
    "https://hooks.example.com:99999/",
    "https://hooks.example.com:80/",
    "http://hooks.example.com/",
    "ftp://hooks.example.com/",
    "gopher://hooks.example.com/",
    "file:///etc/passwd",
    "//hooks.example.com/",
    "hooks.example.com",
    "https:///path",
    "https://",
    "",
    "https://hooks.exa\tmple.com/",
    "https://hooks.example.com/\r\nHost: internal",
    "https://hooks.example.com/" + "x" * 2000,
]


@pytest.fixture(autouse=True)
def _known(dns: type[FakeDns]) -> None:
    dns.hosts["hooks.example.com"] = [[PUBLIC]]


@pytest.mark.parametrize("number", REFUSED_NUMBERS)
def test_a_number_within_our_walls_is_refused(number: str) -> None:
    with pytest.raises(outgoing.AddressRefused):
        addresses.check(f"https://[{number}]/" if ":" in number else f"https://{number}/")


@pytest.mark.parametrize("number", REFUSED_NUMBERS)
def test_a_name_that_leads_within_our_walls_is_refused(number: str, dns: type[FakeDns]) -> None:
    dns.hosts["hooks.example.com"] = [[PUBLIC, number]]  # one good address makes no good name

    with pytest.raises(outgoing.AddressRefused):
        addresses.check("https://hooks.example.com/")


@pytest.mark.parametrize("url", REFUSED_SPELLINGS)
def test_an_odd_spelling_is_refused(url: str) -> None:
    with pytest.raises(outgoing.AddressRefused):
        addresses.check(url)


@pytest.mark.parametrize(
    ("url", "host", "port", "target"),
    [
        ("https://hooks.example.com", "hooks.example.com", 443, b"/"),
        ("https://HOOKS.example.com:8443/in?a=b#c", "hooks.example.com", 8443, b"/in?a=b"),
        (" https://hooks.example.com/ ", "hooks.example.com", 443, b"/"),
        ("https://h_1.xn--bcher-kva.example/", "h_1.xn--bcher-kva.example", 443, b"/"),
        ("https://bücher.example/", "xn--bcher-kva.example", 443, b"/"),
    ],
)
def test_a_public_name_is_called_where_it_leads(
    url: str, host: str, port: int, target: bytes, dns: type[FakeDns]
) -> None:
    dns.hosts[host] = [[PUBLIC, "2606:2800:21f::1"]]
    place = addresses.check(url)

    assert (place.scheme, place.host, place.port, place.target) == ("https", host, port, target)
    assert place.addresses == (PUBLIC, "2606:2800:21f::1")


@pytest.mark.parametrize("number", [PUBLIC, "1.1.1.1", "2606:4700::1111", "64:ff9b::101:101"])
def test_public_numbers_are_called(number: str) -> None:
    addresses.check(f"https://[{number}]/" if ":" in number else f"https://{number}/")


def test_an_unknown_name_is_told_apart_from_a_silent_dns(dns: type[FakeDns]) -> None:
    with pytest.raises(outgoing.Unreachable):
        addresses.check("https://nobody.example.com/")
    dns.is_down = True
    with pytest.raises(outgoing.TimedOut):
        addresses.check("https://hooks.example.com/")


def test_networks_of_ours_are_called_once_they_are_allowed(settings: Any) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = ["10.0.0.0/8"]

    assert addresses.check("http://10.1.2.3:8000/").port == 8000
    with pytest.raises(outgoing.AddressRefused):
        addresses.check("https://192.168.1.1/")


def test_a_name_that_changes_its_mind_gains_nothing(
    serve: Callable[[Script], Server], dns: type[FakeDns], monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = serve(answering())
    dns.hosts["rebinding.example.com"] = [[PUBLIC], ["127.0.0.1"]]
    connected: list[str] = []
    monkeypatch.setattr("socket.create_connection", lambda address, *_, **__: _note(connected, address))
    monkeypatch.setattr("apps.core.outgoing.addresses.settings.OUTGOING_PORTS", [inside.port])

    url = f"https://rebinding.example.com:{inside.port}/"
    with pytest.raises(outgoing.Unreachable):
        outgoing.request("GET", url, destination="there", untrusted=True)
    with pytest.raises(outgoing.AddressRefused):
        outgoing.request("GET", url, destination="there", untrusted=True)

    assert connected == [PUBLIC]
    assert inside.asked == []


def _note(connected: list[str], address: tuple[str, int]) -> None:
    connected.append(address[0])
    raise ConnectionRefusedError
