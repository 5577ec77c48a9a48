"""A checked address is called by its name: it proves that name, and hears it."""

import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apps.core import outgoing
from apps.core.outgoing import exchange
from tests.core.outgoing.servers import Server, answering
from tests.fakes.dns import FakeDns

pytestmark = [
    pytest.mark.usefixtures("own_network"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="Making a certificate needs openssl."),
]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for hooks.example.com, with its key in the same file."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1"
        " -subj /CN=hooks.example.com -addext subjectAltName=DNS:hooks.example.com -keyout"
    )
    certificate = path.with_suffix(".crt")
    subprocess.run([*command.split(), path, "-out", certificate], check=True, capture_output=True)
    path.write_text(path.read_text() + certificate.read_text())
    return path


@pytest.fixture
def names(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Trust the certificate, and note the names that the server is asked for."""
    exchange._tls.cache_clear()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    yield []
    exchange._tls.cache_clear()


def test_the_name_is_proved_and_heard(
    serve: Callable[..., Server], dns: type[FakeDns], certificate: Path, names: list[str]
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    server = serve(answering(), tls=context)
    dns.hosts |= {"hooks.example.com": [["127.0.0.1"]], "other.example.com": [["127.0.0.1"]]}

    url = f"https://hooks.example.com:{server.port}/in"
    assert outgoing.request("GET", url, destination="there", untrusted=True).status == 200
    assert names == ["hooks.example.com"]
    assert f"Host: hooks.example.com:{server.port}".encode() in server.asked[0]

    with pytest.raises(outgoing.Unreachable, match="reached"):
        outgoing.request("GET", url.replace("hooks", "other"), destination="there", untrusted=True)
    assert len(server.asked) == 1
