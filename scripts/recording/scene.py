"""Who is where, and what is said, in recorded and in crafted captures alike."""

from __future__ import annotations

from typing import Final

ADDRESSES: Final = {
    4: {"client": "192.0.2.10", "router": "192.0.2.1", "server": "198.51.100.20", "nowhere": "203.0.113.9"},
    6: {
        "client": "2001:db8:1::10",
        "router": "2001:db8:1::1",
        "server": "2001:db8:2::20",
        "nowhere": "2001:db8:dead::9",
    },
}
"""Addresses by IP version; the router's is the one on the client's link."""
ROUTER_ON_SERVER_LINK: Final = {4: "198.51.100.1", 6: "2001:db8:2::1"}
PORT: Final = 9000
CLIENT_PORT: Final = 40000
QUESTION: Final = b"what time is it?\n"
ANSWER: Final = b"late.\n"
