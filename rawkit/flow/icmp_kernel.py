"""Which ICMP messages belong together, and which end an attempt to connect."""

from __future__ import annotations

from typing import Final

from rawkit.facts import icmp, icmpv6, ip_protocols

FORCE_INLINE: Final = True


def counterpart(protocol: int, kind: int) -> int:
    """The ICMP type that answers (or asks) this one, -1 where there is none: Zeek's pairs."""
    if protocol == ip_protocols.ICMP:
        return icmp_counterpart(kind)
    if kind in (
        icmpv6.ECHO_REQUEST, icmpv6.MULTICAST_LISTENER_QUERY, icmpv6.ROUTER_SOLICITATION,
        icmpv6.NEIGHBOR_SOLICITATION, icmpv6.NODE_INFORMATION_QUERY, icmpv6.HOME_AGENT_DISCOVERY_REQUEST,
    ):  # fmt: skip
        return kind + 1
    if kind in (
        icmpv6.ECHO_REPLY, icmpv6.MULTICAST_LISTENER_REPORT, icmpv6.ROUTER_ADVERTISEMENT,
        icmpv6.NEIGHBOR_ADVERTISEMENT, icmpv6.NODE_INFORMATION_RESPONSE, icmpv6.HOME_AGENT_DISCOVERY_REPLY,
    ):  # fmt: skip
        return kind - 1
    return -1


def icmp_counterpart(kind: int) -> int:
    """The same of ICMP for IPv4."""
    if kind == icmp.ECHO_REQUEST:
        return icmp.ECHO_REPLY
    if kind == icmp.ECHO_REPLY:
        return icmp.ECHO_REQUEST
    if kind == icmp.ROUTER_ADVERTISEMENT:
        return icmp.ROUTER_SOLICITATION
    if kind == icmp.ROUTER_SOLICITATION:
        return icmp.ROUTER_ADVERTISEMENT
    if kind in (icmp.TIMESTAMP_REQUEST, icmp.INFORMATION_REQUEST, icmp.ADDRESS_MASK_REQUEST):
        return kind + 1
    if kind in (icmp.TIMESTAMP_REPLY, icmp.INFORMATION_REPLY, icmp.ADDRESS_MASK_REPLY):
        return kind - 1
    return -1


def fails_connect(of: int, protocol: int, kind: int, code: int) -> bool:
    """Whether an error of ICMP or ICMPv6 that quotes the first packet of the transport `of` makes connect() fail.

    As in Linux (tcp_v4_err, tcp_v6_err; DCCP's are alike). The others ask for smaller packets, another way or a slower
    pace; SCTP, which may have other addresses, gives up only where nobody speaks it (sctp_v4_err, sctp_v6_err).
    """
    if of == ip_protocols.SCTP:
        if protocol == ip_protocols.ICMP:
            return kind == icmp.DESTINATION_UNREACHABLE and code == icmp.PROTOCOL_UNREACHABLE
        return kind == icmpv6.PARAMETER_PROBLEM and code == icmpv6.UNRECOGNIZED_NEXT_HEADER
    if protocol == ip_protocols.ICMP:
        if kind == icmp.DESTINATION_UNREACHABLE:
            return code != icmp.FRAGMENTATION_NEEDED
        return kind in (icmp.TIME_EXCEEDED, icmp.PARAMETER_PROBLEM)
    return kind in (icmpv6.DESTINATION_UNREACHABLE, icmpv6.TIME_EXCEEDED, icmpv6.PARAMETER_PROBLEM)
