"""The numbers that have a name in each file, against the names that tshark has for them."""

import pytest

from rawkit.facts import arp, dccp, icmp, icmpv6, igmp, ndp_options, ospfv2, sctp, tcp, tcp_options
from rawkit.wire import names, options

BY_FIELD = {
    "arp.opcode": {arp.REQUEST: "request", arp.REPLY: "reply"},
    "ospf.msg": {
        ospfv2.HELLO: "Hello Packet",
        ospfv2.DATABASE_DESCRIPTION: "DB Description",
        ospfv2.LINK_STATE_REQUEST: "LS Request",
        ospfv2.LINK_STATE_UPDATE: "LS Update",
        ospfv2.LINK_STATE_ACKNOWLEDGMENT: "LS Acknowledge",
    },
    "ospf.auth.type": {
        ospfv2.NULL_AUTHENTICATION: "Null",
        ospfv2.SIMPLE_PASSWORD: "Simple password",
        ospfv2.CRYPTOGRAPHIC: "Cryptographic",
    },
    "tcp.option_kind": {
        options.END: "End of Option List",
        options.NO_OPERATION: "No-Operation",
        tcp_options.MSS: "Maximum Segment Size",
        tcp_options.WINDOW_SCALE: "Window Scale",
        tcp_options.SACK_PERMITTED: "SACK Permitted",
        tcp_options.SACK: "SACK",
        tcp_options.TIMESTAMPS: "Time Stamp Option",
        tcp_options.FAST_OPEN: "TCP Fast Open Cookie",
    },
    "dccp.type": {
        dccp.REQUEST: "Request",
        dccp.RESPONSE: "Response",
        dccp.DATA: "Data",
        dccp.ACK: "Ack",
        dccp.DATA_ACK: "DataAck",
        dccp.CLOSE_REQ: "CloseReq",
        dccp.CLOSE: "Close",
        dccp.RESET: "Reset",
        dccp.SYNC: "Sync",
        dccp.SYNC_ACK: "SyncAck",
    },
    "sctp.chunk_type": {
        sctp.DATA: "DATA",
        sctp.INIT: "INIT",
        sctp.INIT_ACK: "INIT_ACK",
        sctp.SACK: "SACK",
        sctp.HEARTBEAT: "HEARTBEAT",
        sctp.HEARTBEAT_ACK: "HEARTBEAT_ACK",
        sctp.ABORT: "ABORT",
        sctp.SHUTDOWN: "SHUTDOWN",
        sctp.SHUTDOWN_ACK: "SHUTDOWN_ACK",
        sctp.ERROR: "ERROR",
        sctp.COOKIE_ECHO: "COOKIE_ECHO",
        sctp.COOKIE_ACK: "COOKIE_ACK",
        sctp.SHUTDOWN_COMPLETE: "SHUTDOWN_COMPLETE",
    },
    "igmp.type": {
        igmp.MEMBERSHIP_QUERY: "Membership Query",
        igmp.LEAVE_GROUP: "Leave Group",
    },
    "igmp.record_type": {
        igmp.MODE_IS_INCLUDE: "Mode Is Include",
        igmp.MODE_IS_EXCLUDE: "Mode Is Exclude",
        igmp.CHANGE_TO_INCLUDE: "Change To Include Mode",
        igmp.CHANGE_TO_EXCLUDE: "Change To Exclude Mode",
        igmp.ALLOW_NEW_SOURCES: "Allow New Sources",
        igmp.BLOCK_OLD_SOURCES: "Block Old Sources",
    },
    "icmpv6.opt.type": {
        ndp_options.SOURCE_LINK_LAYER: "Source link-layer address",
        ndp_options.TARGET_LINK_LAYER: "Target link-layer address",
        ndp_options.PREFIX_INFORMATION: "Prefix information",
        ndp_options.REDIRECTED_HEADER: "Redirected header",
        ndp_options.MTU: "MTU",
        ndp_options.NONCE: "Nonce",
    },
    "icmpv6.type": {
        icmpv6.DESTINATION_UNREACHABLE: "Destination Unreachable",
        icmpv6.PACKET_TOO_BIG: "Packet Too Big",
        icmpv6.TIME_EXCEEDED: "Time Exceeded",
        icmpv6.PARAMETER_PROBLEM: "Parameter Problem",
        icmpv6.ECHO_REQUEST: "Echo (ping) request",
        icmpv6.ECHO_REPLY: "Echo (ping) reply",
        icmpv6.ROUTER_SOLICITATION: "Router Solicitation",
        icmpv6.ROUTER_ADVERTISEMENT: "Router Advertisement",
        icmpv6.NEIGHBOR_SOLICITATION: "Neighbor Solicitation",
        icmpv6.NEIGHBOR_ADVERTISEMENT: "Neighbor Advertisement",
        icmpv6.REDIRECT: "Redirect",
        icmpv6.MULTICAST_LISTENER_REPORT_V2: "Multicast Listener Report Message v2",
    },
}


@pytest.mark.referee
@pytest.mark.parametrize("field", BY_FIELD)
def test_numbers_are_those_of_tshark(tshark_values, field):
    named = BY_FIELD[field]
    assert {number: tshark_values.get((field, number)) for number in named} == named


ICMP = {
    (icmp.ECHO_REPLY, 0): "Echo (ping) reply",
    (icmp.ECHO_REQUEST, 0): "Echo (ping) request",
    (icmp.SOURCE_QUENCH, 0): "Source quench (flow control)",
    (icmp.TIMESTAMP_REQUEST, 0): "Timestamp request",
    (icmp.TIMESTAMP_REPLY, 0): "Timestamp reply",
    (icmp.REDIRECT, 0): "Redirect (Redirect for network)",
    (icmp.TIME_EXCEEDED, 0): "Time-to-live exceeded (Time to live exceeded in transit)",
    (icmp.PARAMETER_PROBLEM, 0): "Parameter problem (Pointer indicates the error)",
    (3, icmp.NET_UNREACHABLE): "Destination unreachable (Network unreachable)",
    (3, icmp.HOST_UNREACHABLE): "Destination unreachable (Host unreachable)",
    (3, icmp.PROTOCOL_UNREACHABLE): "Destination unreachable (Protocol unreachable)",
    (icmp.DESTINATION_UNREACHABLE, icmp.PORT_UNREACHABLE): "Destination unreachable (Port unreachable)",
    (3, icmp.FRAGMENTATION_NEEDED): "Destination unreachable (Fragmentation needed)",
    (3, icmp.NET_PROHIBITED): "Destination unreachable (Network administratively prohibited)",
    (3, icmp.HOST_PROHIBITED): "Destination unreachable (Host administratively prohibited)",
    (3, icmp.COMMUNICATION_PROHIBITED): "Destination unreachable (Communication administratively filtered)",
}
UNREACHABLE6 = {
    icmpv6.NO_ROUTE: "no route to destination",
    icmpv6.ADMINISTRATIVELY_PROHIBITED: "Administratively prohibited",
    icmpv6.BEYOND_SCOPE: "Beyond scope of source address",
    icmpv6.ADDRESS_UNREACHABLE: "Address unreachable",
    icmpv6.PORT_UNREACHABLE: "Port unreachable",
    icmpv6.SOURCE_POLICY: "Source address failed ingress/egress policy",
    icmpv6.REJECT_ROUTE: "Reject route to destination",
}


def test_icmp_numbers():
    # test_names.py holds these names to tshark's.
    assert {pair: names.icmp(*pair) for pair in ICMP} == ICMP
    assert {code: names.ICMPV6_CODES[1, code] for code in UNREACHABLE6} == UNREACHABLE6


@pytest.mark.parametrize(
    ("flag", "shown"),
    [
        (tcp.FIN, "F"),
        (tcp.SYN, "S"),
        (tcp.RST, "R"),
        (tcp.PSH, "P"),
        (tcp.ACK, "."),
        (tcp.URG, "U"),
        (tcp.ECE, "E"),
        (tcp.CWR, "W"),
        (tcp.AE, "e"),
    ],
)
def test_tcp_flags(flag, shown):
    # test_names.py holds these letters to tcpdump's.
    assert names.tcp_flags(flag) == shown
