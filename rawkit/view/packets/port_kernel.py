"""Ports, by the names of their services where the table of names has them."""

from __future__ import annotations

from rawkit.facts import ip_protocols
from rawkit.kernels import Ints
from rawkit.view.numbers_kernel import put_decimal, put_name
from rawkit.view.packets.layout import DCCP_PORTS, SCTP_PORTS, TCP_PORTS, UDP_PORTS


def put_port(out: Ints, at: int, text: Ints, index: Ints, section: int, port: int) -> int:
    if index[section + port]:
        return put_name(out, at, text, index, section + port)
    return put_decimal(out, at, port)


def port_section(protocol: int) -> int:
    """The section of the names in which the ports of an IP protocol are, -1 where it has no ports."""
    if protocol == ip_protocols.TCP:
        return TCP_PORTS
    if protocol == ip_protocols.UDP or protocol == ip_protocols.UDPLITE:
        return UDP_PORTS
    if protocol == ip_protocols.SCTP:
        return SCTP_PORTS
    if protocol == ip_protocols.DCCP:
        return DCCP_PORTS
    return -1
