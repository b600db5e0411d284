"""ARP for IPv4 over links with 6-byte addresses, RFC 826."""

from __future__ import annotations

from ipaddress import IPv4Address
from struct import Struct
from typing import Final

from rawkit.errors import DecodeError
from rawkit.facts import ethertypes
from rawkit.facts.arp import HARDWARE_ETHERNET, HEADER_LEN, PROTOCOL_TYPE
from rawkit.values import dataclass
from rawkit.wire.address import MAC_LEN, UNSPECIFIED
from rawkit.wire.fields import Buffer, check_bits, check_size, require

_LAYOUT: Final = Struct("!HHBBH6s4s6s4s")
_FORMAT: Final = (ethertypes.IPV4, MAC_LEN, 4)


@dataclass(frozen=True, slots=True)
class Arp:
    """An ARP message; RFC 826 calls the addresses ar$sha, ar$spa, ar$tha and ar$tpa.

    >>> from rawkit.facts.arp import REQUEST
    >>> sender, wanted = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")
    >>> Arp(REQUEST, bytes.fromhex("00005e005301"), sender, wanted).pack().hex(" ", 4)
    '00010800 06040001 00005e00 5301c000 02010000 00000000 c0000202'
    """

    operation: int
    sender_mac: bytes
    sender_ip: IPv4Address
    target_ip: IPv4Address
    target_mac: bytes = UNSPECIFIED
    hardware_type: int = HARDWARE_ETHERNET

    def __post_init__(self) -> None:
        check_bits("arp", self, operation=16, hardware_type=16)
        check_size("arp", self, sender_mac=MAC_LEN, target_mac=MAC_LEN)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The message, and what is to follow it (padding)."""
        sender, target = self.sender_ip.packed, self.target_ip.packed
        start = (self.hardware_type, *_FORMAT, self.operation)
        return _LAYOUT.pack(*start, self.sender_mac, sender, self.target_mac, target) + payload

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[Arp, bytes]:
        """The message and all that follows (padding).

        Raises `DecodeError` where the message is not about IPv4 addresses and 6-byte hardware addresses.

        >>> Arp.unpack(bytes(28))
        Traceback (most recent call last):
        rawkit.errors.DecodeError: arp: not IPv4 over 6-byte addresses (at offset 2)
        """
        require("arp", data, HEADER_LEN)
        hardware, *form, operation, sender, sender_ip, target, target_ip = _LAYOUT.unpack_from(data)
        if tuple(form) != _FORMAT:
            reason = "not IPv4 over 6-byte addresses"
            raise DecodeError("arp", offset=PROTOCOL_TYPE, required=4, available=4, reason=reason)
        ends = IPv4Address(sender_ip), IPv4Address(target_ip)
        return cls(operation, sender, *ends, target, hardware), bytes(data[HEADER_LEN:])
