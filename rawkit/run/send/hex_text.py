"""Frames that are written down in hex: a frame a line, or dumps as tcpdump, tshark, xxd, hexdump and od print them."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final

from rawkit import linktypes
from rawkit.errors import SendError
from rawkit.facts import arp, ethertypes, ipv4, ipv6
from rawkit.frames import FrameBatch
from rawkit.values import dataclass, field
from rawkit.wire.address import MAC_LEN
from rawkit.wire.checksum import internet_checksum

DIGITS: Final = re.compile(r"[0-9a-fA-F]*")
OFFSET: Final = re.compile(r"\s*(?:0x)?([0-9a-fA-F]{3,8})(?::\s+|\s+(?=[0-9a-fA-F]{2}(?:\s|$)))")
"""In front of the bytes: followed by a colon, or by bytes that stand one by one."""
END: Final = re.compile(r"\s*(?:0x)?[0-9a-fA-F]{6,8}\s*")
"""The last line of hexdump and od: the size."""
BESIDE: Final = re.compile(r"\||\s>|\s{3,}|\t")
"""What comes after it, on the right of the bytes, are the same bytes as text."""
BYTES: Final = re.compile(r"[0-9a-fA-F]{2}( [0-9a-fA-F]{2})*")
OTHER_SOURCE: Final = re.compile(r"(?!Frame )\w.* \(\d+ bytes\):")
"""Above what tshark has put together of several frames."""
HALF: Final = 8
"""Bytes after which hexdump -C leaves a gap."""
REPEATED: Final = "*"
LARGEST: Final = 1 << 18
"""Bytes of a frame, as libpcap has it (MAXIMUM_SNAPLEN)."""
ARP_OF_ETHERNET: Final = struct.pack("!HHBBB", arp.HARDWARE_ETHERNET, ethertypes.IPV4, MAC_LEN, arp.IPV4_LEN, 0)
"""How an ARP packet of IPv4 addresses begins (RFC 826)."""


def typed_frames(text: str, name: str = "-", otherwise: Exception | None = None) -> FrameBatch:
    """The frames of a text: one a line, its bytes in hex; or dumps whose lines begin with an offset, a 0 a frame.

    Spaces and colons between bytes do not count, nor does what follows a `#`; of dumps, lines without an offset do not
    count either, as tcpdump has one above each packet. An IPv4 or IPv6 packet is taken for one, without what pads it;
    anything else for an Ethernet frame. Raises SendError.

    >>> typed_frames("aa:bb cc # a comment").frame(0).hex()
    'aabbcc'
    >>> typed_frames("0000  01 02\\n0002  03\\n0000  04\\n").length.tolist()
    [3, 1]
    """
    lines = [(number, line.partition("#")[0].rstrip()) for number, line in enumerate(text.splitlines(), 1)]
    written = [(number, line) for number, line in lines if line.strip()]
    if not written:
        raise otherwise if otherwise and text.strip() else SendError(f"{name}: no frame in it: give a capture, or hex")
    if any(_offset(line) == 0 for _, line in written):
        frames = list(_Dump(name).frames(lines))
    else:
        frames = [_octets(line, name, number) for number, line in written]
    if not frames:
        raise SendError(f"{name}: no byte in it: give a capture, or hex")
    found = [bare_packet(frame, name) for frame in frames]
    kinds = {linktypes.ETHERNET if packet is None else linktypes.RAW for packet in found}
    if len(kinds) > 1:
        raise SendError(f"{name}: IP packets and Ethernet frames in one text: send them apart")
    whole = [frame if packet is None else packet for frame, packet in zip(frames, found, strict=True)]
    return FrameBatch.from_frames(whole, link_type=kinds.pop())


def _offset(line: str) -> int | None:
    found = OFFSET.match(line)
    return int(found[1], 16) if found else None


@dataclass(slots=True)
class _Dump:
    """Reads the lines of dumps one by one."""

    name: str
    frame: bytearray = field(default_factory=bytearray)
    row: bytes = b""
    repeats: bool = False
    is_other: bool = False

    def frames(self, lines: list[tuple[int, str]]) -> Iterator[bytes]:
        """The frames; SendError for a line whose offset is not where the frame has come to."""
        for number, line in lines:
            if not line.strip() or OTHER_SOURCE.fullmatch(line):
                self.is_other = bool(line.strip())
            elif self.is_other:
                continue
            elif (at := _offset(line)) is not None:
                if at == 0 and self.frame:
                    yield bytes(self.frame)
                    self.frame = bytearray()
                self._take(number, line, at)
            else:
                self._between(number, line)
        if self.frame:
            yield bytes(self.frame)

    def _take(self, number: int, line: str, at: int) -> None:
        """The bytes of a line."""
        self._repeat(at)
        found = OFFSET.match(line)
        if found is None or at != len(self.frame):
            shown = found[1] if found else ""
            raise SendError(f"{self.name}: line {number} is at byte {len(self.frame)}, not {shown}: correct it")
        self.row = _octets(_without_text(line[found.end() :]), self.name, number)
        self.frame += self.row

    def _between(self, number: int, line: str) -> None:
        """A line without an offset: more of the same bytes, the end, or words that do not count."""
        if line.strip() == REPEATED:
            self.repeats = True
        elif END.fullmatch(line):
            self._repeat(int(line.strip(), 16))
        elif BYTES.fullmatch(line.strip()):
            raise SendError(f"{self.name}: line {number} has no offset in front: give it one, as the others have")

    def _repeat(self, to: int) -> None:
        """Rows like the last one, which were not printed."""
        if to > LARGEST:
            raise SendError(f"{self.name}: a frame of {to} bytes: give {LARGEST} at most")
        while self.repeats and self.row and len(self.frame) < to:
            self.frame += self.row
        self.repeats = False


def _without_text(body: str) -> str:
    """The bytes of a line, without the text beside them.

    >>> _without_text("02 00 00 00 02 00 02 00  00 00 01 00 08 00 45 00  |......|")
    '02 00 00 00 02 00 02 00 00 00 01 00 08 00 45 00'
    """
    left, _, right = BESIDE.split(body, maxsplit=1)[0].strip().partition("  ")
    has_gap = BYTES.fullmatch(left) and len(left.split()) == HALF and BYTES.fullmatch(right.strip())
    return f"{left} {right.strip()}" if has_gap else left


def _octets(text: str, name: str, number: int) -> bytes:
    digits = re.sub(r"0x|[\s:,-]", "", text)
    if not DIGITS.fullmatch(digits) or len(digits) % 2:
        raise SendError(f"{name}: line {number} is no hex: give two digits a byte, or a capture file")
    return bytes.fromhex(digits)


def bare_packet(frame: bytes, name: str) -> bytes | None:
    """The IP packet that the bytes are, without padding; None where they are a frame with a link header.

    That of a packet with bytes behind it is told by the checksum of its header. SendError, naming where the bytes come
    from, for an ARP packet alone.
    """
    if frame.startswith(ARP_OF_ETHERNET):
        raise SendError(f"{name}: an ARP packet without its Ethernet header: print it with that, as tcpdump -xx does")
    if len(frame) < ipv4.HEADER_LEN:
        return None
    version, header = frame[ipv4.VERSION_IHL] >> 4, (frame[ipv4.VERSION_IHL] & ipv4.IHL_MASK) * ipv4.IHL_UNIT
    if version == 6:
        payload = int.from_bytes(frame[ipv6.PAYLOAD_LENGTH : ipv6.NEXT_HEADER], "big")
        return frame if ipv6.HEADER_LEN + payload == len(frame) else None
    size = int.from_bytes(frame[ipv4.TOTAL_LENGTH : ipv4.IDENTIFICATION], "big")
    if version != 4 or not ipv4.HEADER_LEN <= header <= size <= len(frame):
        return None
    return frame[:size] if size == len(frame) or not internet_checksum(frame[:header]) else None
