"""The same frames in other file formats, and a file with two interfaces."""

from __future__ import annotations

import gzip
import lzma
import socket
import struct
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Final, Literal

import numpy as np
import zstandard

from rawkit import linktypes
from rawkit.files import Interface, PcapngWriter, PcapWriter
from rawkit.frames import FrameBatch

from .network import CONNECTIONS, Network, Story, finish, send
from .scene import CLIENT_PORT, PORT, QUESTION, ROUTER_ON_SERVER_LINK
from .udp import exchange

KUZNETZOV: Final = 0xA1B2CD34
SECTION, INTERFACE, ENHANCED_PACKET, LOCAL_USE = 0x0A0D0D0A, 1, 6, 0x8000ABCD
BYTE_ORDER_MAGIC: Final = 0x1A2B3C4D
TSRESOL, NANOSECONDS = 9, 9
SNAPLEN: Final = 96
ByteOrder = Literal["little", "big"]


def pcap(
    batch: FrameBatch, *, nanoseconds: bool = True, byteorder: ByteOrder = "little", snaplen: int = 262144
) -> bytes:
    """A pcap file."""
    target = BytesIO()
    link_type = int(batch.link_type[0])
    writer = PcapWriter(target, link_type, nanoseconds=nanoseconds, byteorder=byteorder, snaplen=snaplen)
    writer.write(batch)
    writer.flush()
    return target.getvalue()


def pcapng(batch: FrameBatch, names: list[str], comment: str, comments: dict[int, str] | None = None) -> bytes:
    """A pcapng file, with a comment on the section and some on frames, by their place from 0."""
    target = BytesIO()
    interfaces = [Interface(int(batch.link_type[0]), name=name, resolution=NANOSECONDS) for name in names]
    writer = PcapngWriter(target, interfaces, comment=comment)
    writer.write(batch, comments=comments or {})
    writer.flush()
    return target.getvalue()


def snapped(batch: FrameBatch) -> bytes:
    """A pcap file that keeps 96 bytes of each frame, and its true length."""
    return pcap(replace(batch, captured=np.minimum(batch.captured, SNAPLEN)), snaplen=SNAPLEN)


def cut(batch: FrameBatch) -> bytes:
    """A pcap file that ends 20 bytes into its last frame."""
    return pcap(batch)[: 20 - int(batch.captured[-1])]


def two_sections(batch: FrameBatch) -> bytes:
    """Two pcapng files in a row, which is a pcapng file of two sections."""
    half = len(batch) // 2
    first = pcapng(batch.select(slice(half)), ["eth0"], "the first half")
    return first + pcapng(batch.select(slice(half, None)), ["eth0"], "the second half")


def modified(batch: FrameBatch) -> bytes:
    """Alexey Kuznetzov's form of pcap: eight more bytes a record, which tell the interface and the direction."""
    parts = [struct.pack("<IHHIIII", KUZNETZOV, 2, 4, 0, 0, 65535, linktypes.ETHERNET)]
    for row, frame in enumerate(batch.frames()):
        seconds, rest = divmod(int(batch.timestamp[row]), 10**9)
        head = struct.pack("<IIII", seconds, rest // 1000, len(frame), int(batch.length[row]))
        protocol = struct.unpack_from("!H", frame, 12)[0]
        parts += [head, struct.pack("<iHBB", 2, protocol, 0, 0), frame]
    return b"".join(parts)


def block(kind: int, body: bytes) -> bytes:
    """A big-endian pcapng block: its body padded to 32 bits between its type and two lengths."""
    body += bytes(-len(body) % 4)
    length = struct.pack(">I", len(body) + 12)
    return struct.pack(">I", kind) + length + body + length


def pcapng_big_endian(batch: FrameBatch) -> bytes:
    """A big-endian pcapng file with nanoseconds, and a block of a type that nobody knows."""
    resolution = struct.pack(">HHB3xHH", TSRESOL, 1, NANOSECONDS, 0, 0)
    parts = [
        block(SECTION, struct.pack(">IHHq", BYTE_ORDER_MAGIC, 1, 0, -1)),
        block(INTERFACE, struct.pack(">HHI", linktypes.ETHERNET, 0, 0) + resolution),
        block(LOCAL_USE, b"to be skipped"),
    ]
    for row, frame in enumerate(batch.frames()):
        time = int(batch.timestamp[row])
        sizes = (len(frame), int(batch.length[row]))
        parts.append(block(ENHANCED_PACKET, struct.pack(">IIIII", 0, time >> 32, time & 0xFFFFFFFF, *sizes) + frame))
    return b"".join(parts)


SMALL, LARGE = "tcp-close-by-client.pcap", "tcp-fast-retransmission.pcap"
FORMATS: Final[dict[str, tuple[str, Callable[[FrameBatch], bytes]]]] = {
    "format-nanoseconds.pcap": (SMALL, pcap),
    "format-microseconds.pcap": (SMALL, lambda batch: pcap(batch, nanoseconds=False)),
    "format-big-endian.pcap": (SMALL, lambda batch: pcap(batch, nanoseconds=False, byteorder="big")),
    "format-modified.pcap": (SMALL, modified),
    "format-little-endian.pcapng": (SMALL, lambda batch: pcapng(batch, ["eth0"], "close by the client")),
    "format-big-endian.pcapng": (SMALL, pcapng_big_endian),
    "format-two-sections.pcapng": (SMALL, two_sections),
    "format-gzip.pcap.gz": (SMALL, lambda batch: gzip.compress(pcap(batch), mtime=0)),
    "format-zstd.pcap.zst": (SMALL, lambda batch: zstandard.compress(pcap(batch))),
    "format-xz.pcap.xz": (SMALL, lambda batch: lzma.compress(pcap(batch))),
    "format-snapped.pcap": (LARGE, snapped),
    "format-cut.pcap": (SMALL, cut),
}
"""File names, and from the frames of which other file they are made, and how."""


def on_both_links(network: Network) -> None:
    """The client asks the router over UDP on one link; the server connects to it over TCP on the other."""
    answerer = network.bound("router", PORT, socket.SOCK_DGRAM)
    with answerer, network.bound("client", CLIENT_PORT, socket.SOCK_DGRAM) as asker:
        asker.connect((network.address("router"), PORT))
        exchange(asker, answerer)
    with network.unbound(network.router) as listener, network.bound("server", CLIENT_PORT) as caller:
        listener.bind((ROUTER_ON_SERVER_LINK[4], PORT))
        listener.listen()
        caller.connect((ROUTER_ON_SERVER_LINK[4], PORT))
        accepted, _address = listener.accept()
        send(caller, accepted, QUESTION)
        finish(caller, accepted)


TWO_INTERFACES = Story(
    "format-two-interfaces.pcapng", on_both_links, keep=f"({CONNECTIONS}) or udp", where=("router", "any")
)
COMMENT = "a router with two links"
COMMENTS = {0: "the client asks over its link", 2: "the server connects over the other"}
