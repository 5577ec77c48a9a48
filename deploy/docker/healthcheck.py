"""Exit with 0 if the web server in this container answers."""

import os
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

server = HTTPConnection("127.0.0.1", int(os.environ["GRANIAN_PORT"]), timeout=4)
# Django answers to its own host names only.
server.request("GET", "/healthz", headers={"Host": urlsplit(os.environ["BASE_URL"]).netloc})
sys.exit(0 if server.getresponse().status == 200 else 1)
