"""What a lab consists of, as plain values: hosts, and links between them.

A spec is usually written in TOML::

    description = "A client and a server on one wire"

    [hosts.client]
    [hosts.server]

    [[links]]
    ends = [
      { host = "client", addresses = ["192.0.2.10/24", "2001:db8:1::10/64"] },
      { host = "server", addresses = ["192.0.2.20/24", "2001:db8:1::20/64"] },
    ]
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rawkit.errors import LabError
from rawkit.lab.checks import check_hosts, check_interfaces, check_link
from rawkit.lab.parts import HostSpec, Interface, LinkSpec
from rawkit.lab.reading import read_host, read_link
from rawkit.lab.tables import TomlTable
from rawkit.values import dataclass


@dataclass(frozen=True, slots=True)
class LabSpec:
    """A whole lab. Making one raises LabError, naming the key, where its parts do not fit together.

    >>> spec = LabSpec.from_toml('''
    ... [hosts.a]
    ... [hosts.b]
    ... [[links]]
    ... ends = [{ host = "a", addresses = ["192.0.2.1/24"] }, { host = "b", addresses = ["192.0.2.2/24"] }]
    ... ''')
    >>> [(i.host, i.name, str(i.addresses[0])) for i in spec.interfaces()]
    [('a', 'eth0', '192.0.2.1/24'), ('b', 'eth0', '192.0.2.2/24')]
    >>> LabSpec.from_toml("[hosts.a]\\ngatway = '192.0.2.1'")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    rawkit.errors.LabError: hosts.a.gatway: unknown key: use one of filters, forward, ...
    """

    hosts: tuple[HostSpec, ...]
    links: tuple[LinkSpec, ...] = ()
    description: str = ""

    def __post_init__(self) -> None:
        check_hosts(self.hosts)
        for index, link in enumerate(self.links):
            check_link(link, f"links[{index}]", {host.name for host in self.hosts})
        check_interfaces(self.interfaces())

    @classmethod
    def from_toml(cls, text: str) -> LabSpec:
        """The spec that a TOML text describes; LabError names the key that is wrong."""
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise LabError(f"not TOML: {error}: correct it") from error
        except RecursionError:
            raise LabError("nested too deeply for a lab: a scenario has tables, and lists of texts") from None
        with TomlTable(values, "") as table:
            with table.table("hosts") as hosts:
                host_specs = tuple(read_host(name, hosts.table(name)) for name in hosts.names())
            links = tuple(read_link(link) for link in table.tables("links"))
            return cls(host_specs, links, table.text("description", ""))

    @classmethod
    def from_file(cls, path: Path) -> LabSpec:
        """The spec in a TOML file; LabError names the file and the key."""
        try:
            return cls.from_toml(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise LabError(f"{path}: {error.strerror}: give the path of a TOML file") from error
        except (LabError, UnicodeDecodeError) as error:
            raise LabError(f"{path}: {error}") from error

    def host(self, name: str) -> HostSpec:
        """The host of that name; LabError where there is none.

        >>> LabSpec((HostSpec("a"), HostSpec("b"))).host("c")
        Traceback (most recent call last):
        rawkit.errors.LabError: 'c' is no host of this lab: use one of a, b
        """
        for host in self.hosts:
            if host.name == name:
                return host
        raise LabError(f"{name!r} is no host of this lab: use one of {', '.join(h.name for h in self.hosts)}")

    def interfaces(self) -> tuple[Interface, ...]:
        """All interfaces of all hosts, link by link."""
        return tuple(_settled_interfaces(self))


def _settled_interfaces(spec: LabSpec) -> Iterator[Interface]:
    numbers: Counter[str] = Counter()
    places = {host.name: place for place, host in enumerate(spec.hosts, 1)}
    for index, link in enumerate(spec.links):
        for end in link.ends:
            number = numbers[end.host]
            numbers[end.host] += 1
            # Locally administered (bit 1 of the first octet), the same each time, so that captures repeat.
            mac = end.mac or f"02:00:00:{places[end.host] >> 8:02x}:{places[end.host] & 255:02x}:{number:02x}"
            yield Interface(end.host, end.interface or f"eth{number}", mac, end.addresses, index)
