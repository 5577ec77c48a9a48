"""Answers as many requests as it is told to, through the WSGI application of the settings in the environment.

`python -m tests.benchmarks.contenders.server PATH HOST AUTHORIZATION` writes a first answer's body as one line, then
for each number it reads the seconds that so many requests took.
"""

import json
import sys
from io import BytesIO
from time import perf_counter
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler


class Requests:
    """One request, again and again."""

    def __init__(self, path: str, host: str, authorization: str) -> None:
        address, _mark, query = path.partition("?")
        self._environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": address,
            "QUERY_STRING": query,
            "SERVER_NAME": host,
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": host,
            "HTTP_ACCEPT": "application/json",
            "HTTP_AUTHORIZATION": authorization,
            "HTTP_X_FORWARDED_PROTO": "https",
            "wsgi.url_scheme": "https",
        }
        self._application = WSGIHandler()

    def send(self) -> Any:
        """Send it, read the answer to its end, and return its body.

        :raises RuntimeError: if it is not answered with 200
        """
        response = self._application(self._environ | {"wsgi.input": BytesIO()}, lambda *_: None)
        body = b"".join(response)
        response.close()
        if response.status_code != 200:
            raise RuntimeError(f"{response.status_code}: {body[:500]!r}")
        return json.loads(body)

    def seconds(self, times: int) -> float:
        """Return how long that many requests take."""
        began = perf_counter()
        for _time in range(times):
            self.send()
        return perf_counter() - began


def main() -> None:
    django.setup()
    requests = Requests(*sys.argv[1:])
    answer = json.dumps(requests.send())
    print(answer, flush=True)  # noqa: T201 - what the benchmark reads
    for line in sys.stdin:
        print(requests.seconds(int(line)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
