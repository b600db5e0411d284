"""A host of a running lab: its addresses, and ways to run programs and Python code in it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from socket import AF_INET, SOCK_STREAM
from socket import socket as python_socket
from typing import Any, ParamSpec, TypeVar

from rawkit.errors import LabError
from rawkit.lab import modules
from rawkit.lab.calls import Call, Iteration, call
from rawkit.lab.kept import KeptLauncher
from rawkit.lab.launcher import Launcher, Namespaces
from rawkit.lab.parts import Address, Interface, ServiceSpec
from rawkit.lab.services.kinds import SERVERS

P = ParamSpec("P")
T = TypeVar("T")


class Host:
    """A network stack of its own, in which programs and Python code run."""

    def __init__(
        self, name: str, interfaces: tuple[Interface, ...], namespaces: Namespaces, launcher: Launcher | KeptLauncher
    ) -> None:
        self.name = name
        self.interfaces = interfaces
        self.namespaces = namespaces
        self._launcher = launcher

    def __repr__(self) -> str:
        return f"Host({self.name!r})"

    @property
    def addresses(self) -> tuple[Address, ...]:
        """All addresses of the host, interface by interface, as the spec lists them (no link-local ones)."""
        return tuple(address.ip for interface in self.interfaces for address in interface.addresses)

    @property
    def ipv4(self) -> IPv4Address:
        """The host's first IPv4 address; LabError where it has none."""
        return IPv4Address(self._first(4))

    @property
    def ipv6(self) -> IPv6Address:
        """The host's first IPv6 address (not a link-local one); LabError where it has none."""
        return IPv6Address(self._first(6))

    @property
    def network(self) -> int:
        """The descriptor of the host's network namespace; it is valid until the lab is closed."""
        return self.namespaces.network

    def entered(self) -> AbstractContextManager[None]:
        """Runs a `with` body in this host: the calling thread's sockets are opened in its network stack.

        Only the network changes: files, host name and processes stay those outside. Threads that the body
        starts begin in the host too; threads that run already do not move. It takes root's rights, else PrivilegeError:
        what `socket` and `call` do every user may.
        """
        return self._launcher.entered(self.namespaces)

    def socket(self, family: int = AF_INET, type: int = SOCK_STREAM, proto: int = 0) -> python_socket:
        """A socket of this host's network, for whoever has it, in any thread; raw and packet sockets too.

        The arguments are those of `socket.socket`. OSError where it cannot be opened. Names (`"server"`) are looked up
        outside: give addresses.
        """
        return self._launcher.open_socket(self.name, self.namespaces, family, type, proto)

    def listening(self) -> tuple[python_socket, int]:
        """What a `ReceiveRing` of this host is opened with: a packet socket, and a descriptor of its /proc/net/dev."""
        return self._launcher.open_listening(self.name, self.namespaces)

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What a function returns, called in this host, in a process of its own that ends with it.

        Function, arguments and result go there and back pickled (by cloudpickle, so that functions of a script, of a
        notebook and lambdas do too). An exception is raised here, with a note of where it came from.

        Raises LabError for what cannot be pickled (an open socket, a lock, a generator), and where the process ends
        without a result.

        >>> import os
        >>> from rawkit.errors import PrivilegeError
        >>> from rawkit.lab import Lab
        >>> try:
        ...     with Lab("pair") as lab:
        ...         print(lab["client"].call(lambda: os.uname().nodename))
        ... except PrivilegeError:  # not everyone may, everywhere
        ...     print("client")
        client
        """
        return call(self._start_call, function, *args, **kwargs)

    def iterate(self, function: Callable[P, Iterable[T]], *args: P.args, **kwargs: P.kwargs) -> Iteration[T]:
        """What a function gives one after the other, called in this host as `call` does; each comes as soon as it is.

        Where what it returns has an `open`, that is called before this returns; and its `stop`, if it has one, is what
        `Iteration.stop` calls. Raises as `call`.
        """
        return Iteration(self._start_call(function, args, kwargs))

    def _start_call(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Call:
        return Call(self.popen, self.name, function, args, kwargs)

    def popen(self, command: Sequence[str | Path], **options: Any) -> subprocess.Popen[Any]:
        """Starts a program in this host; it runs until it ends or the lab is closed.

        The options are those of `subprocess.Popen`. The program sees its host's network, /sys, /etc/hosts and
        host name, and of all processes only the lab's.
        """
        return self._launcher.popen(self.namespaces, command, **options)

    def run(
        self,
        command: Sequence[str | Path],
        *,
        input: str | None = None,
        timeout: float | None = None,
        check: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        """Runs a program in this host to its end, and returns its exit code and what it wrote, as text.

        Args:
            command: the program and its arguments.
            input: what it reads; without it, it reads nothing.
            timeout: seconds after which it is killed and `subprocess.TimeoutExpired` is raised.
            check: raise `subprocess.CalledProcessError` where the exit code is not 0.
        """
        pipe = subprocess.PIPE
        reading = subprocess.DEVNULL if input is None else pipe
        with self.popen(command, stdin=reading, stdout=pipe, stderr=pipe, text=True) as process:
            try:
                output, errors = process.communicate(input, timeout)
            except BaseException:
                process.kill()
                raise
        done = subprocess.CompletedProcess(process.args, process.returncode, output, errors)
        if check:
            done.check_returncode()
        return done

    def serve(self, *services: ServiceSpec) -> None:
        """Starts servers, all in one process, and returns when they listen; LabError where one cannot.

        Services of the packet filter (`drop`, `reject`) are passed over: they are part of the host's rules from the
        beginning.
        """
        servers = [f"{service.kind}:{service.port}" for service in services if service.kind in SERVERS]
        if servers:
            self.start_module("rawkit.lab.services", *servers)

    def start_module(self, module: str, *arguments: str, **options: Any) -> subprocess.Popen[Any]:
        """Starts a Python module as a program in this host, and returns when it has written the line `ready`.

        LabError has its first line where that is another.
        """
        process, line = modules.start(self.popen, module, *arguments, **options)
        if line != modules.READY:
            reason = line or "ended at once, its own error is on stderr"
            raise LabError(f"{module} on host {self.name}: {reason}: correct it")
        return process

    def _first(self, version: int) -> Address:
        for address in self.addresses:
            if address.version == version:
                return address
        raise LabError(f"host {self.name} has no IPv{version} address: give one of its interfaces one")
