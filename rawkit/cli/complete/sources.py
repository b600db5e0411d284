"""Where the values of options come from: this host's interfaces and users, labs and their hosts, names of fields."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from rawkit.cli.complete.word import Word


def interfaces() -> list[Word]:
    """This host's interfaces.

    >>> "lo" in [word.text for word in interfaces()]
    True
    """
    return [Word(name) for name in sorted(os.listdir("/sys/class/net"))]


def all_interfaces() -> list[Word]:
    """The same, and what listens to all of them."""
    return [*interfaces(), Word("any", "all interfaces")]


def users() -> list[Word]:
    """Users of this host."""
    from rawkit.api.places import users as all_users

    return [Word(name, called) for name, called in all_users()]


def hosts() -> list[Word]:
    """Names of hosts in /etc/hosts."""
    found: dict[str, str] = {}
    with suppress(OSError), open("/etc/hosts", encoding="utf-8", errors="replace") as file:
        for line in file:
            address, *names = line.partition("#")[0].split() or [""]
            found.update(dict.fromkeys(names, address))
    return [Word(name, address) for name, address in found.items()]


def labs() -> list[Word]:
    """Labs that are up."""
    return [Word(lab["name"], lab.get("description", "")) for lab in _labs()]


def lab_hosts() -> list[Word]:
    """Hosts of labs that are up."""
    return [Word(host["name"], ", ".join(host["addresses"])) for lab in _labs() for host in lab["hosts"]]


def scenarios() -> list[Word]:
    """The scenarios that rawkit brings along.

    >>> "pair" in [word.text for word in scenarios()]
    True
    """
    import rawkit

    folder = os.path.join(os.path.dirname(rawkit.__file__), "lab", "scenarios")
    return [Word(name.removesuffix(".toml")) for name in sorted(os.listdir(folder)) if name.endswith(".toml")]


def fields() -> list[Word]:
    """Fields of packets.

    >>> "tcp.srcport" in [word.text for word in fields()]
    True
    """
    from rawkit.cli.complete.table import FIELDS

    return [Word(name, text) for name, text in FIELDS.items()]


def filter_names() -> list[Word]:
    """Names that a display filter can have: fields of packets, several of them together, protocols.

    >>> "ip.addr" in [word.text for word in filter_names()]
    True
    """
    from rawkit.cli.complete.table import FILTER_NAMES

    return [*fields(), *(Word(name, text) for name, text in FILTER_NAMES.items())]


def _labs() -> list[dict[str, Any]]:
    """The records of labs whose holders live: who holds a lab has its file locked."""
    import fcntl
    import json

    from rawkit.api.places import lab_records

    found = []
    folder = lab_records()
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        with suppress(OSError, ValueError), open(os.path.join(folder, name), encoding="utf-8") as file:
            if not name.endswith(".json"):
                continue
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                found.append(json.load(file))
    return found
