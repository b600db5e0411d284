"""Cells of docs/scapy.md run as Python: what comes of them, in a form in which scapy's and rawkit's are the same."""

from __future__ import annotations

import io
import os
import re
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import chdir, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

from rawkit.facts.cooked import PACKET_OUTGOING
from rawkit.facts.icmp import ECHO_REQUEST

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "scapy.md"
BEFORE = {
    "A packet": ("packet = rdpcap(path)[0]", "with rawkit.open(path) as capture: packet = next(iter(capture))"),
    "Lists and tables": ("packets = rdpcap(path)", "packets = list(rawkit.open(path))"),
}
"""What the text of a section says that both sides have."""
NAMES = "import json, socket, subprocess, threading\nfrom rawkit.wire.checksum import internet_checksum\n"


class Row(NamedTuple):
    """A row: the code of both sides."""

    section: str
    theirs: str
    ours: str


class Outcome(NamedTuple):
    """What came of a cell: its last expression, what it printed, and frames that left the host meanwhile."""

    value: Any
    printed: str
    left: list[str]
    error: str = ""


def sections() -> dict[str, str]:
    parts = re.split(r"^## (.*)\n", PAGE.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def table(section: str) -> Iterator[list[str]]:
    """The cells of each row of a section."""
    for line in sections()[section].splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def rows(section: str) -> list[Row]:
    return [Row(section, code(theirs), code(ours)) for theirs, ours, *_ in table(section)]


def code(cell: str) -> str:
    return "\n".join(re.findall(r"`([^`]+)`", cell))


def setup() -> str:
    """The page's own first lines."""
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found
    return found[1]


def run_all(some: list[Row], *, on_wire: bool) -> list[tuple[Outcome, Outcome]]:
    """Both sides of each row, each in an empty folder beside the captures."""
    common: dict[str, Any] = {}
    exec(compile(setup() + NAMES, str(PAGE), "exec"), common)
    found = []
    for row in some:
        before = BEFORE.get(row.section, ("", ""))
        sides = zip(before, (row.theirs, row.ours), strict=True)
        found.append(tuple(run(f"{begin}\n{cell}", dict(common), on_wire=on_wire) for begin, cell in sides))
    return found


def run(text: str, names: dict[str, Any], *, on_wire: bool) -> Outcome:
    """A cell; an error is told as text, since it comes from another process."""
    printed = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, chdir(folder), Wire(on_wire) as wire:
        Path("captures").symlink_to(ROOT / "captures")
        try:
            with redirect_stdout(printed):
                value = plain(evaluated(text, names), on_wire=on_wire)
        except Exception:
            return Outcome(None, printed.getvalue(), [], traceback.format_exc())
        return Outcome(value, printed.getvalue(), wire.left())


def evaluated(text: str, names: dict[str, Any]) -> Any:
    """The value of the last line where that is an expression, else None."""
    *lines, last = text.splitlines()
    exec("\n".join(lines), names)
    try:
        expression = compile(last, "<cell>", "eval")
    except SyntaxError:
        exec(last, names)
        return None
    return eval(expression, names)


class Wire:
    """The frames that leave this host by eth0 while it is entered, as the kernel shows them to a packet socket."""

    def __init__(self, wanted: bool) -> None:
        import socket

        self._socket = None
        if wanted:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            self._socket.bind(("eth0", 3))
            self._socket.setblocking(False)

    def left(self) -> list[str]:
        """IPv4 frames, but for those that the kernel sends by itself."""
        found = []
        while self._socket is not None:
            try:
                frame, address = self._socket.recvfrom(65535)
            except BlockingIOError:
                break
            if address[2] == PACKET_OUTGOING and frame[12:14] == b"\x08\x00" and not is_kernels(frame):
                found.append(frame.hex())
        return found

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        if self._socket is not None:
            self._socket.close()


def is_kernels(frame: bytes) -> bool:
    """An ICMP answer to what came in, or a RST to a SYN-ACK that the kernel did not ask for; no row sends such."""
    from scapy.layers.inet import ICMP, TCP
    from scapy.layers.l2 import Ether

    packet = Ether(frame)
    if ICMP in packet:
        return bool(packet[ICMP].type != ECHO_REQUEST)
    return TCP in packet and "R" in packet[TCP].flags


def plain(value: Any, *, on_wire: bool) -> Any:
    """A value without its type: packets are their bytes, or in a network, where no two are the same, their summary."""
    from scapy.packet import Packet
    from scapy.plist import SndRcvList

    def of(one: Any) -> Any:
        return plain(one, on_wire=on_wire)

    if isinstance(value, tuple) and value and isinstance(value[0], SndRcvList):
        return asked([(of(sent), of(answer)) for sent, answer in value[0]], [of(sent) for sent in value[1]])
    if type(value).__name__ == "Exchanges":
        pairs = [(of(one.sent), of(answer)) for one in value for answer in one.answers]
        return asked(pairs, [of(one.sent) for one in value.unanswered])
    if isinstance(value, Packet):
        return summary(value) if on_wire else bytes(value).hex()
    if hasattr(value, "to_scapy"):
        return summary(value.to_scapy()) if on_wire else value.bytes.hex()
    if isinstance(value, dict):
        return {str(key): str(one) for key, one in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(map(of, value))
    if isinstance(value, (str, bytes, int, float, type(None))):
        return value
    if hasattr(value, "__iter__"):
        return [of(one) for one in value]
    return str(value) if isinstance(value, os.PathLike) else repr(value)


def asked(pairs: list[Any], silent: list[Any]) -> dict[str, Any]:
    """scapy has answers in the order in which they came, rawkit in that of the questions."""
    return {"answers": sorted(pairs), "silent": sorted(silent)}


def summary(packet: Any) -> str:
    """Layer 3 calls of scapy give packets without their Ethernet header."""
    return str(packet.summary()).removeprefix("Ether / ").removesuffix(" / Padding")
