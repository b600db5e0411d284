"""An HTTP/1.1 server of the standard library: `/` is a greeting, `/N` is N bytes, all else is not found."""

from __future__ import annotations

import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Final

from rawkit.lab.services.listening import Ready

GREETING: Final = b"Hello from a lab.\n"
LARGEST: Final = 100_000_000
"""The largest page, in bytes."""


class Pages(BaseHTTPRequestHandler):
    """Answers GET."""

    protocol_version = "HTTP/1.1"
    server_version = "rawkit-lab"
    wbufsize = -1
    """Head and body go out together: Nagle would hold the body back until the head is acknowledged."""

    def do_GET(self) -> None:
        """Answers with the page, or with 404."""
        body = page(self.path)
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keeps still: a lab's output is its user's."""


class Server(ThreadingHTTPServer):
    """Listens on IPv4 and IPv6."""

    address_family = socket.AF_INET6
    daemon_threads = True

    def server_bind(self) -> None:
        """Binds without looking up the host's name, which HTTPServer does and which takes seconds without a DNS."""
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "lab", self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Keeps still about connections that the peer broke off."""


def serve(port: int, ready: Ready) -> None:
    """Serves for ever."""
    with Server(("::", port), Pages) as server:
        ready()
        server.serve_forever()


def page(path: str) -> bytes | None:
    """The body of a page; None where there is no such page.

    >>> page("/3"), page("/none")
    (b'...', None)
    """
    if path == "/":
        return GREETING
    size = path[1:]
    return b"." * int(size) if size.isascii() and size.isdigit() and int(size) <= LARGEST else None
