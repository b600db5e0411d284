"""What the names in a display filter mean: fields of packets and events, and protocols; with what each can be asked.

Fields of packets are those of `rawkit.decode.fields`, fields of events those of their views; here is only what comes
together of several (`ip.addr`), parts of one (`tcp.analysis.retransmission`), and what is for filters alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, Final

from rawkit.decode.fields import ALL_FIELDS, Field
from rawkit.flow.event_names import Name
from rawkit.flow.layout import ANALYSIS, FIRST_RTT
from rawkit.query import dns
from rawkit.query.tokens import wrong
from rawkit.query.values import Kind
from rawkit.values import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """A name that a filter can have.

    Attributes:
        name: it.
        kind: what its values are.
        doc: one line: what it says.
        fields: of a field of packets, the declared ones that it has the values of.
        reader: else the function of `rawkit.query.packets` that finds it.
        largest: the largest value of a number, None where it has no bound.
        tracked: whether it is the flow tracker's.
        ordered: whether the packets before count.
        event: whose field it is, None for one of packets.
    """

    name: str
    kind: Kind
    doc: str
    fields: tuple[Field, ...] = ()
    reader: str = ""
    largest: int | None = None
    tracked: bool = False
    ordered: bool = False
    event: Name | None = None


UNIONS: Final = {
    "eth.addr": ("eth.src", "eth.dst"),
    "ip.addr": ("ip.src", "ip.dst"),
    "ipv6.addr": ("ipv6.src", "ipv6.dst"),
    "tcp.port": ("tcp.srcport", "tcp.dstport"),
    "udp.port": ("udp.srcport", "udp.dstport"),
    "sctp.port": ("sctp.srcport", "sctp.dstport"),
    "dccp.port": ("dccp.srcport", "dccp.dstport"),
}
"""Names of two fields at once."""

OWN: Final = (
    Known("frame", "protocol", "all captured bytes of the frame", reader="frame"),
    Known("frame.time", "time", "when it was captured", (ALL_FIELDS["frame.time_epoch"],)),
    Known("frame.time_relative", "duration", "seconds since the first frame", reader="since_first", ordered=True),
    Known("frame.time_delta", "duration", "seconds since the frame before", reader="since_before", ordered=True),
    Known("eth", "protocol", "Ethernet headers", reader="protocol"),
    Known("sll", "present", "Linux cooked headers, of both versions", reader="cooked"),
    Known("vlan", "present", "VLAN tags, also those that the kernel took off", reader="tagged"),
    Known("arp", "protocol", "ARP", reader="protocol"),
    Known("ip", "protocol", "IPv4 headers", reader="protocol"),
    Known("ipv6", "protocol", "IPv6 headers", reader="protocol"),
    Known("tcp", "protocol", "TCP segments", reader="protocol"),
    Known("udp", "protocol", "UDP headers", reader="protocol"),
    Known("udplite", "protocol", "UDP-Lite headers", reader="protocol"),
    Known("icmp", "protocol", "ICMP messages", reader="protocol"),
    Known("icmpv6", "protocol", "ICMPv6 messages", reader="protocol"),
    Known("igmp", "protocol", "IGMP messages", reader="protocol"),
    Known("ospf", "protocol", "OSPF packets", reader="protocol"),
    Known("sctp", "protocol", "SCTP packets", reader="protocol"),
    Known("dccp", "protocol", "DCCP packets", reader="protocol"),
    Known("gre", "present", "GRE over IP", reader="carried"),
    Known("esp", "present", "ESP over IP", reader="carried"),
    Known("pim", "present", "PIM", reader="carried"),
    Known("tcp.payload", "bytes", "what TCP carries", reader="payload"),
    Known("udp.payload", "bytes", "what UDP carries", reader="payload"),
    Known("tcp.analysis.flags", "present", "any of the flags below", (ALL_FIELDS["tcp.analysis"],), "flagged",
          tracked=True),
    *(
        Known(f"tcp.analysis.{word}", "present", "([rules](analysis.md))", (ALL_FIELDS["tcp.analysis"],), "flagged",
              tracked=True)
        for word in ANALYSIS
    ),
    Known("dns", "protocol", "DNS messages: port 53, over TCP where they are whole in a segment", reader="dns"),
    Known("mdns", "protocol", "multicast DNS: UDP port 5353", reader="dns"),
    Known("llmnr", "protocol", "LLMNR: UDP port 5355", reader="dns"),
    *(
        Known(name, "boolean" if one.is_flag else "number", one.doc, reader="dns_number",
              largest=0xFFFF if one.is_flag else one.bits >> one.shift)
        for name, one in dns.NUMBERS.items()
    ),
    Known("dns.qry.name", "text", "names that are asked for", reader="dns_name"),
    Known("dns.qry.type", "number", "types that are asked for: 1 A, 28 AAAA", reader="dns_type", largest=0xFFFF),
    Known("dns.qry.class", "number", "classes that are asked for: 1 IN", reader="dns_type", largest=0xFFFF),
)  # fmt: skip
"""What filters alone have."""

INSTEAD: Final = {
    "tcp.seq": "use tcp.seq_raw",
    "tcp.nxtseq": "use tcp.seq_raw + tcp.len",
    "tcp.ack": "use tcp.ack_raw",
    "tcp.window_size": "use tcp.window_size_value, which is not scaled",
    "tcp.options.mss": "use tcp.options.mss_val",
    "tcp.options.wscale": "use tcp.options.wscale.shift",
    "tcp.options.sack": "use tcp.options.sack_le",
    "tcp.completeness": "use flow.tcp.completeness with --view flows",
    "tcp.time_delta": "use frame.time_delta, which counts all frames",
    "frame.time_delta_displayed": "use frame.time_delta",
    "frame.protocols": "use the names of protocols: tcp and not ip",
    "tcp.flags.str": "use tcp.flags",
    "tcp.flags.res": "use tcp.flags & 0xe00",
    "ieee8021ad.id": "vlan.id is the innermost one",
    "ip.host": "use ip.addr",
    "http": "use tcp.port == 80, or tcp.payload contains",
    "tls": "use tcp.port == 443",
    "ssh": "use tcp.port == 22",
    "dhcp": "use udp.port in {67, 68}",
    "ntp": "use udp.port == 123",
    "vxlan": "use udp.dstport == 4789",
    "gtp": "use udp.port == 2152",
    "quic": "use udp.port == 443",
}
"""Wireshark's names that are not read here, and what to use instead."""
WIRESHARK: Final = frozenset((
    "_ws", "amqp", "bacnet", "bgp", "bootp", "bt", "btle", "cdp", "cflow", "coap", "data", "dcerpc", "dhcpv6",
    "diameter", "dnp3", "dtls", "eap", "eapol", "eigrp", "enip", "ftp", "geneve", "gsm_map", "gtpv2", "h225", "hsrp",
    "http2", "http3", "icmpv6", "iec60870_104", "imap", "ipx", "irc", "iscsi", "isis", "isup", "kerberos", "l2tp",
    "ldap", "llc", "lldp", "m3ua", "mbtcp", "megaco", "mms", "modbus", "mpls", "mqtt", "mysql", "nbns", "nbss",
    "netflow", "nfs", "ntlmssp", "opcua", "openflow", "pgsql", "pop", "ppp", "pppoe", "pptp", "profinet", "radius",
    "rdp", "redis", "rip", "rpc", "rsvp", "rtcp", "rtp", "rtsp", "s7comm", "sip", "skinny", "slow", "smb", "smb2",
    "smtp", "snmp", "socks", "ssdp", "ssl", "stp", "stun", "syslog", "t38", "tacplus", "tds", "telnet", "tftp",
    "tpkt", "usb", "vnc", "vrrp", "websocket", "wg", "wlan", "wlan_radio", "x11", "xmpp", "zbee",
))  # fmt: skip
"""Protocols of Wireshark's that have no name here, so that one of their fields is not taken for a slip."""
PREFIXES: Final[dict[Name, str]] = {
    "handshakes": "handshake.", "teardowns": "teardown.", "udp": "exchange.", "flows": "flow.",
    "latency": "latency.",
}  # fmt: skip
"""What stands before the fields of events; it may be left out where no field of packets has the rest of the name."""


@dataclass(frozen=True, slots=True)
class RowColumn:
    """What filters ask of a flow's row that its view does not have as a field."""

    column: int
    kind: Kind
    doc: str


OF_ROWS: Final[dict[Name, dict[str, RowColumn]]] = {
    "handshakes": {"rtt": RowColumn(
        FIRST_RTT, "duration", "from the latest SYN to the ACK that completes the handshake: Wireshark's "
        "`tcp.analysis.initial_rtt`",
    )},
}  # fmt: skip
"""By views and names."""


def _of_packets(field: Field) -> Known:
    kinds: dict[str, Kind] = {"words": "text", "numbers": "number"}
    kind: Any = kinds.get(field.kind, field.kind)
    is_flag = kind == "number" and field.bits > 0 and field.bits & (field.bits - 1) == 0 and field.size
    whole = field.bits if field.bits > 0 else (1 << 8 * field.size) - 1
    largest = (whole >> field.shift) * field.unit if kind == "number" and field.size else None
    return Known(
        field.name, "boolean" if is_flag else kind, field.doc, (field,), largest=None if is_flag else largest,
        tracked=field.tracked,
    )  # fmt: skip


@cache
def of_packets() -> Mapping[str, Known]:
    """All names that are about packets."""
    found = {name: _of_packets(field) for name, field in ALL_FIELDS.items()}
    for name, parts in UNIONS.items():
        first, second = (found[part] for part in parts)
        found[name] = Known(
            name, first.kind, f"`{parts[0]}` and `{parts[1]}`", first.fields + second.fields, largest=first.largest
        )
    return found | {known.name: known for known in OWN}


SHAPES: Final[dict[str, Kind]] = {"texts": "text", "numbers": "number", "flag": "boolean"}
FORMS: Final[dict[str, Kind]] = {
    "time": "time", "duration": "duration", "number": "number", "address": "address",
}  # fmt: skip
TOLD_ONLY: Final = ("messages", "spans", "stalls")
"""Fields that come with what a view has collected, which a filter has not."""


@cache
def of_events(event: Name) -> Mapping[str, Known]:
    """All names that are about events of a kind."""
    from rawkit.flow.conn_log.columns import COLUMNS
    from rawkit.view.events.shown import SHOWN

    prefix, found = PREFIXES[event], []
    if event == "flows":
        found = [(column.name, FORMS.get(column.form.name, "text"), column.doc) for column in COLUMNS]
        found = [(name, kind, doc.format(unit="seconds")) for name, kind, doc in found]
    for field in SHOWN[event].fields:
        kind: Any = SHAPES.get(field.shape, field.shape)
        if field.name not in TOLD_ONLY:
            found.append((field.name, kind, field.doc))
    found += [(name, column.kind, column.doc) for name, column in OF_ROWS.get(event, {}).items()]
    return {prefix + name: Known(prefix + name, kind, doc, event=event) for name, kind, doc in found}


def find(name: str, at: int, event: Name | None) -> Known:  # noqa: RET503
    """What the name means in a filter of packets, or of events; FilterError, with what is near, where nothing."""
    packets = of_packets()
    if name in packets:
        return packets[name]
    events = of_events(event) if event else {}
    if (known := _of_event(name, event)) is not None:
        return known
    for other, prefix in PREFIXES.items():
        if other != event and name.startswith(prefix) and name in of_events(other):
            wrong(at, f"{name} is a field of events, which are told later than their packets: use --view {other}")
    short = [long.removeprefix(PREFIXES[event]) for long in events] if event else []
    wrong(at, _missing(name, [*short, *packets, *events]))


def is_known(name: str, event: Name | None) -> bool:
    """Whether the name means something here."""
    return name in of_packets() or _of_event(name, event) is not None


def _of_event(name: str, event: Name | None) -> Known | None:
    """The field of an event, with what stands before its name or without."""
    if event is None:
        return None
    fields = of_events(event)
    return fields.get(name) or fields.get(PREFIXES[event] + name)


def _missing(name: str, known: list[str]) -> str:
    """Why there is no such name."""
    protocol = name.split(".")[0]
    if name in INSTEAD:
        return f"rawkit does not read Wireshark's {name}: {INSTEAD[name]}"
    if protocol in WIRESHARK or (protocol in INSTEAD and "." in name):
        instead = INSTEAD.get(protocol, "docs/filters.md has the fields that there are")
        return f"rawkit does not read {protocol}, nor Wireshark's field {name}: {instead}"
    near = get_close_matches(name, known, 1, 0.75)
    meant = f"did you mean {near[0]}?" if near else "docs/filters.md has the fields that there are"
    return f"there is no field or protocol {name!r}: {meant}"
