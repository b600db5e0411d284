"""What a UDP scan sends to well-known ports: the smallest question that each protocol's own document has an answer to.

Most services do not answer an empty datagram, so that without a question they look as silent as a packet filter. Each
is put together here from the document that it names, and asks for nothing but what anyone may ask; tshark takes each
for its protocol, without a complaint (`tests/probe/scan/test_payloads.py`).

A port may have two, the second of which is sent as the port is asked again: silence is asked twice at least.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from struct import pack
from typing import Final

from rawkit.values import dataclass

NONCE: Final = b"rawkit\x5a\xa5"
"""Where a protocol wants bytes of the client's own choice; an answer repeats them, and is not checked for them."""
_ID: Final = NONCE[:2]
_WORD: Final = NONCE[:4]


@dataclass(frozen=True, slots=True)
class Payload:
    """A question.

    Attributes:
        name: of the protocol.
        ports: which are asked it.
        source: the document, and what the question is called there.
        content: the bytes.
    """

    name: str
    ports: tuple[int, ...]
    source: str
    content: bytes


def payloads_for(ports: Iterable[int]) -> tuple[Payload, ...]:
    """The questions to any of the ports.

    >>> [one.name for one in payloads_for([53, 54, 161])]
    ['DNS', 'SNMPv3', 'SNMPv1']
    """
    wanted = set(ports)
    return tuple(one for one in payloads() if wanted.intersection(one.ports))


def payloads() -> Iterator[Payload]:
    """All, in the order of their ports; those of one port in the order of sending."""
    yield Payload("DNS", (53,), "RFC 1035 section 4.1, RFC 4892: which version are you?", _dns("version.bind", 16, 3))
    yield Payload("Kerberos", (88,), "RFC 4120 section 5.4.1: AS-REQ, for a realm that nobody has", _kerberos())
    yield Payload("Portmap", (111,), "RFC 5531 section 9, RFC 1833: the null procedure", _rpc(100_000, 2))
    yield Payload("NTP", (123,), "RFC 5905 section 7.3: a client's request", b"\xe3".ljust(40, b"\0") + NONCE)
    yield Payload("NetBIOS", (137,), "RFC 1002 section 4.2.17: node status request", _netbios())
    yield Payload("SNMPv3", (161,), "RFC 3414 section 4: which engine are you?", _snmp_v3())
    yield Payload("SNMPv1", (161,), "RFC 1157 section 4.1.2: sysDescr.0, with the community public", _snmp_v1())
    yield Payload("XDMCP", (177,), "X Display Manager Control Protocol 1.1: Query", bytes.fromhex("00010002000100"))
    yield Payload("CLDAP", (389,), "RFC 4511 section 4.5.1, MS-ADTS 3.1.1.3: search for the root DSE", _cldap())
    yield Payload("SLP", (427,), "RFC 2608 section 8.1: service request, for service agents", _slp())
    yield Payload("QUIC", (443, 853), "RFC 8999 section 5.1, RFC 9000 section 6: a version that nobody has", _quic())
    yield Payload("IKEv2", (500,), "RFC 7296 section 1.2: IKE_SA_INIT", _ike())
    yield Payload("RIP", (520,), "RFC 2453 section 3.9.1: request for the whole table", _rip())
    yield Payload("RMCP", (623,), "DSP0136 section 3.2.4.1: presence ping", bytes.fromhex("0600ff06000011be80000000"))
    yield Payload("OpenVPN", (1194,), "OpenVPN's network protocol: P_CONTROL_HARD_RESET_CLIENT_V2", _openvpn())
    yield Payload("SQL Server", (1434,), "MC-SQLR section 2.2.2: CLNT_UCAST_EX", b"\x03")
    yield Payload("L2TP", (1701,), "RFC 2661 section 6.1: SCCRQ", _l2tp())
    yield Payload("SSDP", (1900,), "UPnP Device Architecture 2.0 section 1.3.3: unicast M-SEARCH", _SSDP)
    yield Payload("NFS", (2049,), "RFC 1813 section 3.3.0: the null procedure", _rpc(100_003, 3))
    yield Payload("GTPv2-C", (2123,), "3GPP TS 29.274 section 7.1.1: echo request", bytes.fromhex("4001000400000000"))
    yield Payload(
        "GTP-U", (2152,), "3GPP TS 29.281 section 7.2.1: echo request", bytes.fromhex("320100040000000000000000")
    )
    yield Payload(
        "STUN", (3478,), "RFC 8489 section 5: binding request", pack("!HHI", 1, 0, 0x2112A442) + NONCE + _WORD
    )
    yield Payload(
        "IKEv2 through NAT", (4500,), "RFC 3948 section 2.2: the same behind a non-ESP marker", bytes(4) + _ike()
    )
    yield Payload("SIP", (5060,), "RFC 3261 section 11: OPTIONS", _SIP)
    yield Payload("NAT-PMP", (5351,), "RFC 6886 section 3.2: external address request", bytes(2))
    yield Payload("mDNS", (5353,), "RFC 6762 section 5.1, RFC 6763 section 9: which services are there?", _mdns())
    yield Payload("CoAP", (5683,), "RFC 7252 section 3, RFC 6690 section 4: GET /.well-known/core", _coap())
    yield Payload("DTLS", (5684, 4433), "RFC 6347 section 4.2.1: ClientHello without a cookie", _dtls())
    yield Payload(
        "BitTorrent DHT", (6881,), "BEP 5: ping", b"d1:ad2:id20:" + NONCE * 2 + _WORD + b"e1:q4:ping1:t2:rk1:y1:qe"
    )
    yield Payload(
        "memcached", (11211,), "memcached's protocol.txt, UDP protocol: version", _ID + b"\0\0\0\1\0\0version\r\n"
    )
    yield Payload("WDB", (17185,), "RFC 5531 section 9: the null procedure of VxWorks' debugger", _rpc(0x55555555, 1))
    yield Payload("EtherNet/IP", (44818,), "CIP volume 2 section 2-4.2: ListIdentity", b"\x63".ljust(24, b"\0"))
    yield Payload("BACnet", (47808,), "ASHRAE 135 section 15.5: the identifier of any device", _bacnet())


def _dns(name: str, kind: int, kind_of_network: int) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    header = _ID + pack("!HHHHH", 0, 1, 0, 0, 0)
    return header + labels + b"\0" + pack("!HH", kind, kind_of_network)


def _mdns() -> bytes:
    """PTR; the highest bit of the class asks for an answer to the asker alone (RFC 6762 section 5.4)."""
    return _dns("_services._dns-sd._udp.local", 12, 0x8001)


def _netbios() -> bytes:
    """The name is `*` and zeros, each half byte a letter from A on (RFC 1001 section 14.1)."""
    name = b"*".ljust(16, b"\0")
    letters = bytes(ord("A") + half for byte in name for half in (byte >> 4, byte & 15))
    return _ID + pack("!HHHHH", 0, 1, 0, 0, 0) + b"\x20" + letters + b"\0" + pack("!HH", 0x21, 1)


def _rpc(program: int, version: int) -> bytes:
    """A call (0) of RPC version 2 to procedure 0, without credentials and verifier (AUTH_NONE, no bytes)."""
    return _WORD + pack("!9I", 0, 2, program, version, 0, 0, 0, 0, 0)


def _ber(tag: int, *parts: bytes) -> bytes:
    """An element of ASN.1's basic encoding rules (X.690 section 8.1)."""
    body = b"".join(parts)
    size = bytes([len(body)]) if len(body) < 128 else b"\x81" + bytes([len(body)])
    return bytes([tag]) + size + body


def _integer(value: int) -> bytes:
    return _ber(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _octets(value: bytes) -> bytes:
    return _ber(0x04, value)


def _sequence(*parts: bytes) -> bytes:
    return _ber(0x30, *parts)


_ANY: Final = int.from_bytes(_WORD, "big")
_GET: Final = 0xA0
"""Of SNMP's messages (RFC 1157 section 4.1.2)."""


def _snmp_v1() -> bytes:
    sys_descr = _ber(0x06, bytes((0x2B, 6, 1, 2, 1, 1, 1, 0)))
    wanted = _sequence(_sequence(sys_descr, _ber(0x05)))
    return _sequence(_integer(0), _octets(b"public"), _ber(_GET, _integer(_ANY), _integer(0), _integer(0), wanted))


def _snmp_v3() -> bytes:
    """Engine, boots, time, user and both parameters of the security model (USM, 3) are empty; a report is wanted."""
    head = _sequence(_integer(_ANY), _integer(65507), _octets(b"\4"), _integer(3))
    security = _sequence(_octets(b""), _integer(0), _integer(0), _octets(b""), _octets(b""), _octets(b""))
    request = _ber(_GET, _integer(_ANY), _integer(0), _integer(0), _sequence())
    return _sequence(_integer(3), head, _octets(security), _sequence(_octets(b""), _octets(b""), request))


def _cldap() -> bytes:
    """All of the base object (the empty name) in which `objectClass` is present."""
    limits = _ber(0x0A, b"\0"), _ber(0x0A, b"\0"), _integer(0), _integer(0), _ber(0x01, b"\0")
    search = _ber(0x63, _octets(b""), *limits, _ber(0x87, b"objectClass"), _sequence())
    return _sequence(_integer(1), search)


def _kerberos() -> bytes:
    realm = _ber(0x1B, b"RAWKIT.INVALID")
    names = _ber(0xA1, _sequence(_ber(0x1B, b"krbtgt"), realm))
    body = _sequence(
        _ber(0xA0, _ber(0x03, bytes(5))),
        _ber(0xA2, realm),
        _ber(0xA3, _sequence(_ber(0xA0, _integer(2)), names)),
        _ber(0xA5, _ber(0x18, b"19700101000000Z")),
        _ber(0xA7, _integer(_ANY)),
        _ber(0xA8, _sequence(_integer(18), _integer(17))),  # aes256 and aes128-cts-hmac-sha1-96 (RFC 3962)
    )
    return _ber(0x6A, _sequence(_ber(0xA1, _integer(5)), _ber(0xA2, _integer(10)), _ber(0xA4, body)))


def _slp() -> bytes:
    """No previous responders, the type, the scope DEFAULT, no predicate, no SPI."""
    texts = (b"", b"service:service-agent", b"DEFAULT", b"", b"")
    body = b"".join(pack("!H", len(text)) + text for text in texts)
    tag = pack("!H", 2) + b"en"
    size = 12 + len(tag) + len(body)
    return b"\2\1" + size.to_bytes(3, "big") + bytes(5) + _ID + tag + body


def _quic() -> bytes:
    """An Initial packet of a reserved version (RFC 9000 section 15): both IDs, no token, and as long as it must be.

    A server has nothing to read of it but the IDs: it says which versions it has.
    """
    ids = bytes([len(NONCE)]) + NONCE
    head = b"\xc0\x1a\x2a\x3a\x4a" + ids + ids + b"\0"
    rest = 1200 - len(head) - 2
    return head + pack("!H", 0x4000 | rest) + NONCE.ljust(rest, b"\0")


def _ike() -> bytes:
    """AES-256, SHA-256 and Curve25519 (RFC 8031) or group 14; the public value is any (RFC 7748: all are)."""
    transforms = ((1, 12, b"\x80\x0e\1\0"), (2, 5, b""), (3, 12, b""), (4, 31, b""), (4, 14, b""))
    listed = b"".join(
        pack("!BBHBBH", 0 if row == len(transforms) else 3, 0, 8 + len(more), kind, 0, number) + more
        for row, (kind, number, more) in enumerate(transforms, 1)
    )
    proposal = pack("!BBHBBBB", 0, 0, 8 + len(listed), 1, 1, 0, len(transforms)) + listed
    parts = pack("!BBH", 34, 0, 4 + len(proposal)) + proposal
    parts += pack("!BBHHH", 40, 0, 40, 31, 0) + NONCE * 4
    parts += pack("!BBH", 0, 0, 36) + NONCE * 4
    return NONCE + bytes(8) + pack("!BBBBII", 33, 0x20, 34, 8, 0, 28 + len(parts)) + parts


def _rip() -> bytes:
    """One entry of no address family, with the metric infinity."""
    return b"\1\2\0\0" + bytes(16) + pack("!I", 16)


def _openvpn() -> bytes:
    """Opcode 7 with key 0, the session, no acknowledgments, packet 0."""
    return b"\x38" + NONCE + bytes(5)


def _l2tp() -> bytes:
    """Message type 1, protocol version 1.0, any framing, a host's name, the tunnel's number."""
    values = ((0, b"\0\1"), (2, b"\1\0"), (3, b"\0\0\0\3"), (7, b"rawkit"), (9, _ID))
    pairs = b"".join(pack("!HHH", 0x8000 | 6 + len(value), 0, kind) + value for kind, value in values)
    return pack("!HHHHHH", 0xC802, 12 + len(pairs), 0, 0, 0, 0) + pairs


def _coap() -> bytes:
    """Confirmable, no token, GET; the two parts of the path, option 11."""
    return b"\x40\1" + _ID + b"\xbb.well-known" + b"\4core"


def _dtls() -> bytes:
    suites = pack("!HHH", 0xC02B, 0xC02F, 0xC0A8)  # ECDHE with AES-128-GCM, and PSK with AES-128-CCM-8
    extensions = pack("!HHHH", 10, 4, 2, 23) + pack("!HHHHH", 13, 6, 4, 0x0403, 0x0401)
    body = b"\xfe\xfd" + NONCE * 4 + b"\0\0" + pack("!H", len(suites)) + suites + b"\1\0"
    body += pack("!H", len(extensions)) + extensions
    size = len(body).to_bytes(3, "big")
    hello = b"\1" + size + bytes(5) + size + body
    return b"\x16\xfe\xff" + bytes(8) + pack("!H", len(hello)) + hello


def _bacnet() -> bytes:
    """ReadProperty of the object identifier (75) of device 4194303, which stands for any."""
    request = bytes.fromhex("0005010c0c023fffff194b")
    return b"\x81\x0a" + pack("!H", 6 + len(request)) + b"\1\4" + request


_SSDP: Final = b"\r\n".join(
    (
        b"M-SEARCH * HTTP/1.1",
        b"HOST: 239.255.255.250:1900",
        b'MAN: "ssdp:discover"',
        b"MX: 1",
        b"ST: upnp:rootdevice",
        b"\r\n",
    )
)
_SIP: Final = b"\r\n".join(
    (
        b"OPTIONS sip:rawkit.invalid SIP/2.0",
        b"Via: SIP/2.0/UDP rawkit.invalid;branch=z9hG4bKrawkit;rport",
        b"Max-Forwards: 70",
        b"To: <sip:rawkit.invalid>",
        b"From: <sip:probe@rawkit.invalid>;tag=rawkit",
        b"Call-ID: probe@rawkit.invalid",
        b"CSeq: 1 OPTIONS",
        b"Accept: application/sdp",
        b"Content-Length: 0",
        b"\r\n",
    )
)
