"""What tshark's statistics say of a capture: all of one run, read from its tables."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

STATISTICS = ("conv,tcp", "conv,udp", "conv,ip", "conv,ipv6", "endpoints,ip", "endpoints,ipv6", "expert", "dns,tree",
              "io,phs")  # fmt: skip
OPTIONS = ("-q", "-n", "-o", "tcp.check_checksum:TRUE")
TITLES = {
    "IPv4 Endpoints": "endpoints", "IPv6 Endpoints": "endpoints", "IPv4 Conversations": "pairs",
    "IPv6 Conversations": "pairs", "TCP Conversations": "tcp", "UDP Conversations": "udp",
}  # fmt: skip
ENDPOINT = re.compile(r"(\S+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*$")
CONVERSATION = re.compile(r"(\S+)\s+<->\s+(\S+)\s+(\d+)\s+(\d+ \S+)\s+(\d+)\s+(\d+ \S+)\s+(\d+)\s+(\d+ \S+)\s")
EXPERT = re.compile(r"\s+(\d+)\s+(\w+)\s+(\S+)\s+(.*)")
PROTOCOL = re.compile(r"( *)(\S+)\s+frames:(\d+) bytes:(\d+)")
TREE = re.compile(r"( *)(.+?)\s{2,}(\d+)\s")


@dataclass
class Said:
    """What it says.

    Attributes:
        endpoints: packets, bytes, packets sent, bytes sent by address.
        pairs: packets to the first, packets to the second by both addresses.
        tcp: the same by both addresses with ports.
        udp: the same.
        expert: how often, by what is said of TCP.
        dns: counts by heading and name.
        protocols: packets and bytes by path, such as `eth:ip:tcp`.
    """

    endpoints: dict[str, tuple[int, int, int, int]] = field(default_factory=dict)
    pairs: dict[frozenset[str], dict[str, int]] = field(default_factory=dict)
    tcp: dict[frozenset[str], dict[str, int]] = field(default_factory=dict)
    udp: dict[frozenset[str], dict[str, int]] = field(default_factory=dict)
    expert: dict[str, int] = field(default_factory=dict)
    dns: dict[tuple[str, str], int] = field(default_factory=dict)
    protocols: dict[str, tuple[int, int]] = field(default_factory=dict)


def ask(path: Path) -> Said | None:
    """None where it cannot read the file."""
    words = [word for name in STATISTICS for word in ("-z", name)]
    done = subprocess.run(["tshark", *OPTIONS, "-r", path, *words], capture_output=True, text=True, timeout=300)
    if done.returncode and not done.stdout:
        return None
    said, title = Said(), ""
    for line in done.stdout.splitlines():
        title = TITLES.get(line, "dns" if line == "DNS:" else "phs" if line.startswith("Protocol Hier") else title)
        if re.match(r"(Errors|Warns|Notes|Chats) \(\d+\)", line):
            title = "expert"
        _read(said, title, line)
    return said


def _read(said: Said, title: str, line: str) -> None:
    if title == "endpoints" and (found := ENDPOINT.match(line)):
        said.endpoints[found[1]] = tuple(map(int, found.group(2, 3, 4, 5)))
    elif title in ("pairs", "tcp", "udp") and (found := CONVERSATION.match(line)):
        sent = getattr(said, title).setdefault(frozenset(found.group(1, 2)), {})
        for end, count in ((found[1], found[5]), (found[2], found[3])):
            sent[end] = sent.get(end, 0) + int(count)
    elif title == "expert" and (found := EXPERT.match(line)) and found[3] == "TCP":
        said.expert[found[4]] = said.expert.get(found[4], 0) + int(found[1])
    elif title == "phs" and (found := PROTOCOL.match(line)):
        _path(said, len(found[1]) // 2, found[2], int(found[3]), int(found[4]))
    elif title == "dns" and (found := TREE.match(line)):
        if len(found[1]) == 1:
            said.dns["", "heading"] = 0
            said.__dict__["heading"] = found[2]
        said.dns[said.__dict__.get("heading", ""), found[2].strip()] = int(found[3])


def _path(said: Said, depth: int, name: str, packets: int, size: int) -> None:
    parts = said.__dict__.setdefault("path", [])
    parts[depth:] = [name]
    said.protocols[":".join(parts)] = (packets, size)


def fields(path: Path, where: str, *names: str) -> list[list[str]]:
    """Fields of the packets that pass a display filter."""
    words = [word for name in names for word in ("-e", name)]
    command = ["tshark", "-n", "-r", path, "-Y", where, "-T", "fields", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]
