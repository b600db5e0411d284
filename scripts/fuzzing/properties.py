"""The properties, each with what it says in words at its top, and the inputs that it begins with."""

from __future__ import annotations

import gzip
import io
import lzma
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import numpy as np
import zstandard

from rawkit.api.compile_all import is_ready
from rawkit.decode import Decoder
from rawkit.errors import DecodeError, RawkitError, TargetError
from rawkit.files import open_capture
from rawkit.flow import layout
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.view.events.view import EventView
from rawkit.view.packets.view import PacketsView

LARGEST: Final = 1 << 14
"""Bytes of an input, so that many can be tried."""
INTERPRETED: Final = Engine("interpreted")
ENGINES: Final = (INTERPRETED, Engine("compiled")) if is_ready() else (INTERPRETED,)
"""What kernels run with: compiled ones are tried where all are in the cache."""


@dataclass(frozen=True)
class Property:
    """A property.

    Attributes:
        check: tries one input; what it raises besides RawkitError breaks the property.
        seeds: what inputs are made of, of the folder with captures.
    """

    check: Callable[[bytes, random.Random], None]
    seeds: Callable[[Sequence[Path]], list[bytes]]


def captures(data: bytes, choose: random.Random) -> None:
    """Any bytes are a capture or a RawkitError; both engines read, decode, track and show the same of them."""
    told = [list(_told(data, engine, seed=7)) for engine in ENGINES]
    assert all(one == told[0] for one in told), "the engines differ"


def compressed(data: bytes, choose: random.Random) -> None:
    """So are any bytes inside of gzip, zstd and xz, and any damage of what these wrote."""
    packed = choose.choice((gzip.compress, zstandard.ZstdCompressor().compress, lzma.compress))(data)
    from fuzzing.mutate import mutated

    captures(mutated(packed, (packed, data), choose), choose)


def _told(data: bytes, engine: Engine, seed: int) -> Iterator[Any]:
    try:
        with open_capture(io.BytesIO(data), engine) as capture:
            yield capture.format
            decoder, tracker = Decoder(engine), FlowTracker(engine, layout.EVENT_KINDS | layout.BASES, seed=seed)
            views = [PacketsView(engine, "text"), PacketsView(engine, "json")]
            shown = [EventView(kind, form, engine) for kind in ("flows", "udp", "handshakes", "teardowns")
                     for form in ("json", "text")]  # fmt: skip
            for batch in capture:
                yield batch.timestamp.tolist(), batch.captured.tolist(), batch.data.tobytes()
                packets = decoder.decode(batch)
                tracked = tracker.track(packets)
                yield packets.rows.tolist(), tracked.stream.tolist(), tracked.analysis.tolist(), tracked.events.tolist()
                yield [bytes(view.render(packets, tracked)) for view in views]
                yield [_lines(view, tracked.events) + view.render(packets, tracked) for view in shown]
            events = tracker.finish()
            yield events.tolist(), [_lines(view, events) + view.rest() for view in shown]
            yield capture.truncated, capture.remarks, capture.comments
    except RawkitError as error:
        yield str(error)


def _lines(view: EventView, events: Any) -> bytes:
    return view.tell(events[events[:, layout.EVENT_KIND] & view.wanted != 0])


def headers(data: bytes, choose: random.Random) -> None:
    """Any bytes are a header or a DecodeError."""
    from rawkit import wire

    unpack = choose.choice(_readers(wire))
    with suppress(DecodeError):
        unpack(data)


def _readers(package: Any) -> list[Callable[[bytes], Any]]:
    from importlib import import_module
    from pkgutil import iter_modules

    found = []
    for each in iter_modules(package.__path__):
        module = import_module(f"rawkit.wire.{each.name}")
        values = [value for value in vars(module).values() if getattr(value, "__module__", "") == module.__name__]
        found += [value.unpack for value in values if isinstance(value, type) and callable(getattr(value, "unpack", 0))]
    assert len(found) > 10
    return found


def display_filters(data: bytes, choose: random.Random) -> None:
    """Any text is a display filter or a FilterError, of packets and of events, and a filter gives a mask."""
    from rawkit.query.filter import compile_filter
    from rawkit.run.capture.rehearsal import frames

    packets = Decoder(INTERPRETED).decode(frames())
    tracked = FlowTracker(INTERPRETED).track(packets)
    for event in (None, "flows"):
        try:
            where = compile_filter(_text(data), event)
        except RawkitError:
            continue
        if event is None:
            assert where.mask(packets, tracked).dtype == np.bool_


def expressions(data: bytes, choose: random.Random) -> None:
    """Any text is a packet expression or an ExpressionError."""
    from rawkit.craft.expression import parse

    parse(_text(data), _address)


def capture_filters(data: bytes, choose: random.Random) -> None:
    """Any text is a capture filter or a FilterError."""
    from rawkit.sockets.filter.bpf import FrameFilter

    FrameFilter(_text(data)).mask(FrameBatch.from_frames([bytes(60)]), INTERPRETED)


def scenarios(data: bytes, choose: random.Random) -> None:
    """Any text is a scenario or a LabError."""
    from rawkit.lab.spec import LabSpec

    LabSpec.from_toml(_text(data))


def targets(data: bytes, choose: random.Random) -> None:
    """Any lines are targets or a TargetError."""
    from rawkit.probe.targets import expand, read_list

    list(expand(read_list(io.StringIO(_text(data))), _no_name))


def hex_text(data: bytes, choose: random.Random) -> None:
    """Any text is frames in hex or a SendError."""
    from rawkit.run.send.hex_text import typed_frames

    typed_frames(_text(data))


def results(data: bytes, choose: random.Random) -> None:
    """Any bytes are results of a scan or a CaptureError."""
    from rawkit.api.merge import merge

    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        merge([file.name])


def journals(data: bytes, choose: random.Random) -> None:
    """Any bytes in the place of the files of --resume go on with that scan, or are a CaptureError or a TargetError."""
    from rawkit.run.scan.journal import Journal
    from rawkit.run.scan.resume import load

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "state")
        path.write_bytes(data)
        if choose.random() < 0.5:
            load(path, [], [], (1, 1))
        else:
            with Journal(path, anew=False, digest=bytes(32)) as journal:
                for found in journal.verdicts():
                    assert len(found)


def segments(data: bytes, choose: random.Random) -> None:
    """Any bytes are segments of a connection that goes on, or ends; it keeps what always has to hold of it."""
    from rawkit.tcp.packing import read
    from rawkit.tcp.pair import Pair
    from rawkit.tcp.sequence import wrap
    from rawkit.values import replace

    pair = Pair(seed=choose.randrange(1 << 32), both_open=choose.random() < 0.3)
    end = choose.choice(pair.ends)
    for at in range(0, len(data) - 20, 40):
        for _ in range(choose.randrange(4)):
            pair.step()
        block = end.block
        found = read(data[at : at + 60], choose.choice((20, 20, 32)))
        if choose.random() < 0.9:
            near = choose.choice((-1, 0, 0, 0, 1, 100))
            found = replace(found, seq=wrap(block.rcv.nxt + near), ack=wrap(block.snd.nxt - near))
        end.receive(found, pair.now)
        if end.is_open and choose.random() < 0.3 and not block.snd.is_closed:
            end.send(data[:at], pair.now)
        assert block.snd.una <= block.snd.nxt <= block.snd.limit or block.snd.nxt == block.snd.iss
        assert block.rcv.nxt <= block.rcv.edge
    pair.run(steps=500)


def socket_answers(data: bytes, choose: random.Random) -> None:
    """Any bytes as an answer of sock_diag, or as a file of /proc/net, are sockets or a RawkitError."""
    from rawkit.diag import inet, netlinks, packet, proc, unix
    from rawkit.diag.details import details
    from rawkit.diag.socket import TABLES

    readers = (lambda told: inet.sockets("tcp", told), lambda told: inet.sockets("mptcp", told), unix.sockets,
               packet.sockets, netlinks.sockets)  # fmt: skip
    for one in choose.choice(readers)([data]):
        assert isinstance(details(one), dict)
    list(proc.sockets(choose.choice(TABLES), _text(data).splitlines()))


def socket_filters(data: bytes, choose: random.Random) -> None:
    """Any text is a filter of sockets or a FilterError."""
    from rawkit.diag.choice import choice
    from rawkit.run.sockets.known import Host
    from rawkit.sockets.holders import Holders

    choice(_text(data), Host(lambda: Holders({})))


def _answer_seeds(_paths: Sequence[Path]) -> list[bytes]:
    """What this host's kernel answers, as far as it does."""
    from socket import AF_INET, AF_INET6

    from rawkit.diag import inet, netlinks, packet, unix
    from rawkit.diag.answers import BY_FAMILY
    from rawkit.sockets import netlink

    kinds, families = ("tcp", "udp", "mptcp"), (AF_INET, AF_INET6)
    questions = [inet.request(kind, family, details=True) for kind in kinds for family in families]
    questions += [unix.request(details=True), packet.request(details=True), netlinks.request()]
    found = [b"  1: 0100007F:0016 00000000:0000 0A 00000000:00000003 00:00000000 00000000 0 0 77 1 0\n"]
    for question in questions:
        with suppress(OSError):
            told = netlink.datagrams(BY_FAMILY, netlink.REQUEST | netlink.DUMP, question, netlink.SOCK_DIAG)
            found.append(next(told)[:LARGEST])
    return found


def _journal_seeds(_paths: Sequence[Path]) -> list[bytes]:
    from rawkit.run.scan.journal import MAGIC, RECORD
    from rawkit.run.scan.resume import MAGIC as STATE
    from rawkit.run.scan.resume import ScanCourse, _hash
    from rawkit.run.scan.resume import _text as text_of

    course = text_of(ScanCourse([], [("192.0.2.1", "192.0.2.9", "")], 1, 40000, (1, 1), 0))
    from zlib import crc32

    records = bytes(RECORD.itemsize * 3)
    piece = (3).to_bytes(4, "little")
    head = piece + crc32(piece).to_bytes(4, "little") + crc32(records).to_bytes(4, "little")
    return [STATE + len(course).to_bytes(8, "big") + _hash(course) + course, MAGIC + bytes(32) + head + records]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape" if len(data) % 2 else "replace")


def _address(_name: str, version: int) -> str:
    return str(ip_address("192.0.2.1" if version == 4 else "2001:db8::1"))


def _no_name(name: str) -> Any:
    raise TargetError(f"{name}: no such name")


def _files(paths: Sequence[Path]) -> list[bytes]:
    return [data for path in paths if (data := path.read_bytes()[:LARGEST])]


def _texts(*texts: str) -> Callable[[Sequence[Path]], list[bytes]]:
    return lambda _paths: [text.encode() for text in texts]


def _scenarios(_paths: Sequence[Path]) -> list[bytes]:
    import rawkit.lab

    return [path.read_bytes() for path in Path(rawkit.lab.__path__[0], "scenarios").glob("*.toml")]


def _filters(paths: Sequence[Path]) -> list[bytes]:
    lines = Path(__file__).resolve().parents[2].joinpath("tests/query/filters.txt").read_bytes().splitlines()
    return [line for line in lines if line and not line.startswith(b"#")]


PROPERTIES: Final = {
    "captures": Property(captures, _files),
    "compressed": Property(compressed, _files),
    "headers": Property(
        headers, lambda paths: [data[24 + 16 + skip :][:400] for data in _files(paths) for skip in (0, 14, 34, 54)]
    ),
    "display filters": Property(display_filters, _filters),
    "expressions": Property(
        expressions,
        _texts(
            'Ether(dst="02:00:00:00:00:01")/IP(dst="192.0.2.1", ttl=(1, 9))/TCP(dport=[22, (80, 90)], flags="SA", '
            'options=[("MSS", 1460), ("NOP", None)])/b"hello"',
            'IPv6(dst="2001:db8::1")/UDP(dport=RandShort(), sport=Counter(5, 2))/("x"*1400)',
            'fuzz(IP(dst=Net("192.0.2.0/30"))/ICMP(type=8, id=Random(1, 9, seed=3)))/Raw(load="a\\x00")',
            'IP(dst="192.0.2.1")/UDP()/DNS(rd=1, qd=DNSQR(qname="example.org", qtype="AAAA"))',
            'ARP(op=1, pdst="192.0.2.7")/Padding(b"1")',
        ),
    ),
    "capture filters": Property(
        capture_filters,
        _texts(
            "tcp port 80 and (host 192.0.2.1 or net 2001:db8::/32)",
            "ether[0] & 1 = 0 and ip[16] >= 224",
            "vlan 5 && mpls 3 && not arp",
            "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0 and greater 100",
        ),
    ),
    "scenarios": Property(scenarios, _scenarios),
    "targets": Property(
        targets,
        _texts(
            "192.0.2.1\n192.0.2.0/24 # comment\n198.51.100.1-9\n2001:db8::/120\n"
            "fe80::1%lo\n10.0-3.1,5.*\nhost.example\n",
            "192.0.2.1-192.0.2.200\n0.0.0.0/0\n::/0\n2001:db8::1-ff\n",
        ),
    ),
    "hex text": Property(
        hex_text,
        _texts(
            "0000  02 00 00 00 00 01 02 00 00 00 00 02 08 00 45 00   ........\n0010  00 1c\n",
            "\t0x0000:  4500 0054 0000 4000 4001 b6aa c000 0201  E..T..@.@.......\n",
            "020000000001020000000002 0800\n\n45\n",
        ),
    ),
    "results of scans": Property(
        results,
        _texts(
            '{"host":"192.0.2.2","port":80,"state":"open","protocol":"tcp","rtt_ns":5}\n' * 3,
            "host,port,protocol,state,reason\n192.0.2.2,80,tcp,open,syn-ack\n",
        ),
    ),
    "files of --resume": Property(journals, _journal_seeds),
    "segments": Property(segments, lambda paths: [data[24 + 16 + 34 :] for data in _files(paths)]),
    "answers of sock_diag": Property(socket_answers, _answer_seeds),
    "filters of sockets": Property(
        socket_filters,
        _texts(
            "state established exclude syn-sent ( dport = :443 or sport >= :1024 ) and not src 192.0.2.0/24:80",
            "dst [2001:db8::]/32:22 ! dev lo user root process p* src unix:/run/*",
        ),
    ),
}
