"""Ports on which servers listen: who opened a flow whose beginning was not captured.

They are Zeek's `likely_server_ports`, as its default scripts make them (scripts/base, Zeek 8): the ports for which its
analyzers are registered.
"""

from __future__ import annotations

from typing import Final

from rawkit.facts import ip_protocols

FORCE_INLINE: Final = True


def is_server_port(protocol: int, port: int) -> bool:
    """Whether a server of TCP or UDP likely has the port."""
    if protocol == ip_protocols.TCP:
        return port in (
            21, 22, 25, 53, 79, 80, 81, 88, 135, 139, 143, 389, 443, 445, 465, 502, 514, 563, 585, 587, 614, 631, 636,
            989, 990, 992, 993, 995, 1080, 1434, 1883, 2811, 3128, 3268, 3306, 3389, 5222, 5223, 5269, 5432, 6379, 6666,
            6667, 6668, 6669, 8000, 8080, 8888, 20000,
        )  # fmt: skip
    if protocol == ip_protocols.UDP:
        return port in (
            53, 67, 88, 123, 137, 161, 162, 389, 443, 514, 1812, 2123, 2152, 3389, 3544, 4011, 4754, 4789, 5060, 5072,
            5353, 5355, 6081, 20000,
        )  # fmt: skip
    return False


def goes_to_client(protocol: int, source: int, destination: int) -> bool:
    """Whether the first packet of a flow, which opens nothing, is likely a server's (Zeek: WantConnection)."""
    if not is_server_port(protocol, source):
        return False
    if is_server_port(protocol, destination):
        return protocol == ip_protocols.TCP and source < destination
    return True
