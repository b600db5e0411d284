"""The sockets of this host, or of another network namespace: what `rawkit sockets` and `rawkit.list_sockets` show."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Final

from rawkit.diag.socket import TABLES as TABLES
from rawkit.diag.socket import Socket as Socket
from rawkit.errors import RawkitError
from rawkit.run.sockets.listing import Listing as Listing
from rawkit.run.sockets.listing import list_sockets as _list_here
from rawkit.run.sockets.request import FAMILIES as FAMILIES
from rawkit.run.sockets.request import SocketsRequest as SocketsRequest

if TYPE_CHECKING:
    from rawkit.sockets.holders import Holder as Holder

_NAMED: Final = "/run/netns"
"""Where `ip netns` keeps the namespaces that have a name."""


def find_sockets(request: SocketsRequest, namespace: str | None = None) -> Listing:
    """The sockets that a request asks for.

    Args:
        request: which, and what of them.
        namespace: of another network namespace: its name (`ip netns`), the number of a process in it, or a path.

    Raises FilterError for a filter that is none, RawkitError for a namespace that is not there or may not be entered,
    and for sockets that the kernel does not tell of.

    >>> found = find_sockets(SocketsRequest("sport = :1", ("tcp",), listening=True))
    >>> found.sockets, found.remarks
    ([], [])
    """
    with _entered(namespace) if namespace is not None else nullcontext():
        return _list_here(request)


@contextmanager
def _entered(namespace: str) -> Iterator[None]:
    from rawkit.lab.namespaces import entered

    path = _path(namespace)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (OSError, ValueError):
        raise RawkitError(f"-N {namespace}: no network namespace: give a name of 'ip netns', a process's number or a "
                          "path") from None  # fmt: skip
    try:
        with entered(descriptor):
            yield
    except PermissionError:
        raise RawkitError(f"-N {namespace}: this user may not enter it: be root there") from None
    except OSError as error:
        raise RawkitError(f"-N {namespace}: {error.strerror}: give a network namespace") from None
    finally:
        os.close(descriptor)


def _path(namespace: str) -> str:
    if namespace.isascii() and namespace.isdecimal():
        return f"/proc/{namespace}/ns/net"
    return namespace if "/" in namespace else f"{_NAMED}/{namespace}"
