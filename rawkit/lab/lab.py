"""`Lab`: a test network of real Linux network stacks, in namespaces that vanish with it.

Nothing in it can reach the machine's own network, and nothing of it shows there: no interface, no name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from rawkit.errors import LabError
from rawkit.lab import scenarios
from rawkit.lab.build import build
from rawkit.lab.host import Host
from rawkit.lab.launcher import Launcher
from rawkit.lab.middlebox.control import Middlebox
from rawkit.lab.names import hosts_file, resolver_file
from rawkit.lab.privileges import ensure_namespaces
from rawkit.lab.spec import LabSpec


class Lab:
    """Builds the network that a spec describes, and takes it down at the end of the `with` block.

    Works as root; an ordinary user's process becomes root of a user namespace of its own, and stays it, without
    the machine's network.
    Raises PrivilegeError where the system forbids that, LabError where the network cannot be built.
    Whatever ends the process, the kernel takes all of the lab down with it.

    Attributes:
        spec: what the lab was built from.
        hosts: its hosts by name; `lab["client"]` is short for `lab.hosts["client"]`, with a clearer error.

    >>> from rawkit.errors import PrivilegeError
    >>> try:
    ...     with Lab.from_spec("pair") as lab:
    ...         print(lab["client"].run(["uname", "-n"]).stdout.strip(), lab["server"].ipv4)
    ... except PrivilegeError:  # not everyone may, everywhere
    ...     print("client 192.0.2.20")
    client 192.0.2.20
    """

    def __init__(self, spec: LabSpec) -> None:
        ensure_namespaces()
        self.spec = spec
        self._launcher = Launcher({"/etc/hosts": hosts_file(spec), "/etc/resolv.conf": resolver_file(spec)})
        try:
            hosts, self._middleboxes = build(spec, self._launcher)
        except BaseException:
            self.close()
            raise
        self.hosts: Mapping[str, Host] = MappingProxyType(hosts)

    @classmethod
    def from_spec(cls, spec: LabSpec | Path | str) -> Self:
        """The lab of a spec, of the TOML file at a path, or of the scenario of a name."""
        if isinstance(spec, str):
            return cls(scenarios.load(spec))
        return cls(LabSpec.from_file(spec) if isinstance(spec, Path) else spec)

    def close(self) -> None:
        """Ends all programs in the lab and lets go of its namespaces; a second call does nothing."""
        self._launcher.close()

    def middlebox(self, link: int = 0) -> Middlebox:
        """The middlebox of the link at that place in the spec, from 0; LabError where that link has no faults."""
        try:
            return self._middleboxes[link]
        except KeyError:
            known = ", ".join(map(str, self._middleboxes)) or "none"
            raise LabError(f"links[{link}] has no middlebox: give it faults (those with one: {known})") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __getitem__(self, name: str) -> Host:
        return self.hosts[self.spec.host(name).name]
