"""What is written down of a lab that runs in the background: enough to show it and to enter it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rawkit.errors import LabError
from rawkit.lab.launcher import Namespaces
from rawkit.values import dataclass


@dataclass(frozen=True, slots=True)
class HostRecord:
    """A host.

    Attributes:
        name: its name.
        addresses: its addresses, as the spec lists them.
        services: what its ports do, as `KIND PORT`.
        namespaces: descriptors of the process that holds the lab.
    """

    name: str
    addresses: tuple[str, ...]
    services: tuple[str, ...]
    namespaces: Namespaces


@dataclass(frozen=True, slots=True)
class LabRecord:
    """A lab that is up.

    Attributes:
        name: by which commands know it.
        description: that of its spec.
        pid: the process that holds it, which takes it down at SIGTERM.
        pid_namespace: where `pid` counts, as /proc/PID/ns/pid names it.
        hosts: its hosts.
    """

    name: str
    description: str
    pid: int
    pid_namespace: str
    hosts: tuple[HostRecord, ...]

    def host(self, name: str) -> HostRecord:
        """The host of that name; LabError where there is none.

        >>> LabRecord("pair", "", 1, "", ()).host("moon")
        Traceback (most recent call last):
        rawkit.errors.LabError: 'moon' is no host of the lab pair: use one of none
        """
        for host in self.hosts:
            if host.name == name:
                return host
        known = ", ".join(host.name for host in self.hosts) or "none"
        raise LabError(f"{name!r} is no host of the lab {self.name}: use one of {known}")

    def to_json(self) -> str:
        """The record as a JSON object.

        >>> record = LabRecord("pair", "", 7, "pid:[1]", (HostRecord("a", ("192.0.2.1",), (), Namespaces(3, 4, 5, 6)),))
        >>> LabRecord.from_json(record.to_json()) == record
        True
        """
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> LabRecord:
        """The record that `to_json` wrote; ValueError, KeyError or TypeError where it is another version's."""
        values = json.loads(text)
        return cls(**values | {"hosts": tuple(map(_host, values["hosts"]))})


def _host(values: Mapping[str, Any]) -> HostRecord:
    return HostRecord(
        name=values["name"],
        addresses=tuple(values["addresses"]),
        services=tuple(values["services"]),
        namespaces=Namespaces(**values["namespaces"]),
    )
