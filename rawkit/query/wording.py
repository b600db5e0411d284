"""Numbers and addresses as text, as Wireshark's string() gives them."""

from __future__ import annotations

import socket
from typing import Any

from rawkit.query.values import Kind
from rawkit.wire.address import mac_text


def worded(value: Any, kind: Kind) -> str:
    """A value of the kind as text.

    >>> worded(0xC0000201, "ipv4"), worded(443, "number")
    ('192.0.2.1', '443')
    """
    if kind == "ipv4":
        return socket.inet_ntoa(int(value).to_bytes(4, "big"))
    if kind == "mac":
        return mac_text(int(value).to_bytes(6, "big"))
    if kind in ("ipv6", "address"):
        text = socket.inet_ntop(socket.AF_INET6, value.tobytes())
        return text.removeprefix("::ffff:") if kind == "address" and "." in text else text
    return str(int(value))
