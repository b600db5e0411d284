"""The commands there are, and what `rawkit --help` says of them."""

from __future__ import annotations

import os
from typing import Final

import rawkit

COMMANDS: Final = {
    "sniff": "capture, or read a capture file, and show packets, handshakes, teardowns, UDP, flows or latency",
    "ping": "time the answers of one target or thousands, by the kernel's clock: ICMP, TCP, UDP, ARP",
    "send": "send what scapy's notation describes, at a rate, and show what answers",
    "replay": "send a capture file's frames again: as they were recorded, or at a rate, or with other addresses",
    "synscan": "find open ports of one host or a network, at the speed that it takes",
    "merge": "join the outputs of a scan's shards",
    "summary": "say who talked how much in capture files, what failed, and what was slow: a page",
    "follow": "show what was said on connections: payload put together, as text, hex or files",
    "sockets": "show the sockets of this host, who holds them, and what the kernel knows of them",
    "anonymize": "write a capture file that can be given away: other addresses and names, no payload",
    "check": "say whether capture files are whole, what is in them, and whether that is what was expected",
    "lab": "networks of real hosts on this machine: start one, work in its hosts, end it",
    "help": "say what a command does, and what its options are",
    "demo": "see it work: ping, scan, connect and sniff in a lab that is gone afterwards",
}
"""The commands; each is `command` in `rawkit.cli.NAME.command`, loaded when it is called."""

FRONT_OPTIONS: Final = {
    "--version": "print the version",
    "-v, --verbose": "say more on stderr",
    "--color auto|always|never": "colours and columns: on a terminal, always, never; NO_COLOR and --no-color too",
    "--help": "print this",
}


def help_text() -> str:
    """What `rawkit --help` prints.

    >>> help_text().splitlines()[0]
    'Usage: rawkit [OPTIONS] COMMAND [ARGS]...'
    """
    parts = [
        "Usage: rawkit [OPTIONS] COMMAND [ARGS]...",
        "",
        "  Raw sockets for Linux: see and send what is on the wire.",
        "",
        "Options:",
        *_table(FRONT_OPTIONS),
        "",
        "Commands:",
        *_table(COMMANDS),
        "",
        "'rawkit help COMMAND' says more of each. Pages and captures to try are in",
        f"{pages()}: begin with README.md.",
    ]
    return "\n".join(parts)


def pages() -> str:
    """The folder of README.md, docs/ and captures/: the checkout, or what an installed rawkit has brought along.

    >>> sorted(os.listdir(os.path.join(pages(), "docs")))[0]
    'analysis.md'
    """
    package = os.path.dirname(os.path.realpath(rawkit.__file__))
    share = os.path.join(package, "share")
    return share if os.path.isdir(share) else os.path.dirname(package)


def _table(entries: dict[str, str]) -> list[str]:
    width = max(map(len, entries))
    return [f"  {name.ljust(width)}  {text}" for name, text in entries.items()]
