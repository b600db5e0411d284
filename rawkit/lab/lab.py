"""`Lab`: a test network of real Linux network stacks, in namespaces that vanish with it.

Nothing in it can reach the machine's own network, and nothing of it shows there: no interface, no name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from rawkit.errors import LabError
from rawkit.lab import scenarios
from rawkit.lab.build import build
from rawkit.lab.host import Host
from rawkit.lab.kept import KeptLauncher
from rawkit.lab.launcher import Launcher
from rawkit.lab.middlebox.control import Middlebox
from rawkit.lab.names import hosts_file, resolver_file
from rawkit.lab.privileges import may_come_back, may_make_namespaces
from rawkit.lab.spec import LabSpec
from rawkit.sockets.closing import Closes

if TYPE_CHECKING:
    from rawkit.frames import FrameSink
    from rawkit.lab.tap import Tap


class Lab(Closes):
    """Builds the network that a spec describes, and takes it down at the end of the `with` block.

    The process stays who it is, with its user, its network and its threads. Where it has not root's rights, another
    process becomes root of a user namespace and keeps the lab there; then no thread can enter a host (`Host.entered`),
    and all else is the same.
    Raises PrivilegeError where the system forbids that, LabError where the network cannot be built.
    Whatever ends the process, the kernel takes all of the lab down with it.

    Args:
        spec: a `LabSpec`, the `Path` of a TOML file, or the name of a scenario (`rawkit lab list`).

    Attributes:
        spec: what the lab was built from.
        middleboxes: those of links with faults, by the place of the link.
        hosts: its hosts by name; `lab["client"]` is short for `lab.hosts["client"]`, with a clearer error.

    >>> from rawkit.errors import PrivilegeError
    >>> try:
    ...     with Lab.from_spec("pair") as lab:
    ...         print(lab["client"].run(["uname", "-n"]).stdout.strip(), lab["server"].ipv4)
    ... except PrivilegeError:  # not everyone may, everywhere
    ...     print("client 192.0.2.20")
    client 192.0.2.20
    """

    HOST: ClassVar[type[Host]] = Host
    """The class of its hosts."""

    def __init__(self, spec: LabSpec | Path | str) -> None:
        self.spec = _found(spec)
        self._launcher: Launcher | KeptLauncher
        hosts = self._build() if may_make_namespaces() and may_come_back() else self._have_it_kept()
        self.hosts: Mapping[str, Any] = MappingProxyType(hosts)

    def _build(self) -> dict[str, Host]:
        files = {"/etc/hosts": hosts_file(self.spec), "/etc/resolv.conf": resolver_file(self.spec)}
        self._launcher = launcher = Launcher(files)
        try:
            hosts, self.middleboxes = build(self.spec, launcher, self.HOST)
        except BaseException:
            self.close()
            raise
        return hosts

    def _have_it_kept(self) -> dict[str, Host]:
        self._launcher = launcher = KeptLauncher(self.spec)
        self.middleboxes = {link: launcher.middlebox(link) for link in launcher.links}
        interfaces = self.spec.interfaces()
        return {
            name: self.HOST(name, tuple(one for one in interfaces if one.host == name), spaces, launcher)
            for name, spaces in launcher.namespaces.items()
        }

    @classmethod
    def from_spec(cls, spec: LabSpec | Path | str) -> Self:
        """The lab of a spec, of the TOML file at a path, or of the scenario of a name."""
        return cls(spec)

    def close(self) -> None:
        """Ends all programs in the lab and lets go of its namespaces; a second call does nothing."""
        self._launcher.close()

    def record(self, host: str, interface: str = "eth0", sink: FrameSink | None = None) -> Tap:
        """Records all frames of a host's interface from now on: a context manager, whose `take` gives them.

        Args:
            host: its name.
            interface: its interface there; `lo` has what the host says to itself.
            sink: takes the frames too, such as a `rawkit.files.PcapWriter`.

        Raises LabError for an unknown host, TargetError for an interface that it does not have.
        """
        from rawkit.lab.tap import Tap

        return Tap(self[host], interface, sink)

    def middlebox(self, link: int = 0) -> Middlebox:
        """The middlebox of the link at that place in the spec, from 0; LabError where that link has no faults."""
        try:
            return self.middleboxes[link]
        except KeyError:
            known = ", ".join(map(str, self.middleboxes)) or "none"
            raise LabError(f"links[{link}] has no middlebox: give it faults (those with one: {known})") from None

    def __getitem__(self, name: str) -> Host:
        host: Host = self.hosts[self.spec.host(name).name]
        return host


def _found(spec: LabSpec | Path | str) -> LabSpec:
    if isinstance(spec, str):
        return scenarios.load(spec)
    return LabSpec.from_file(spec) if isinstance(spec, Path) else spec
