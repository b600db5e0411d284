"""TCP by hand: the kernel, which knows nothing of it, is kept from resetting the connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rawkit.api.send import SendRequest, SendRun
from rawkit.errors import SendError


@contextmanager
def no_kernel_rst(what: Any, *, interface: str | None = None) -> Iterator[None]:
    """Keeps this host's kernel from resetting the connections of some TCP segments while it is entered.

    The kernel did not send them, and answers the peer's SYN-ACK with a RST (RFC 9293 section 3.5.2). Meanwhile a table
    of the packet filter (nftables, Linux 5.12) drops its RSTs from the addresses and ports that `what` has as its
    source; it is gone with this process, however that ends. It takes CAP_NET_ADMIN, and CAP_NET_RAW to know the way.

    Args:
        what: TCP segments as of `rawkit.send`; nothing is sent.
        interface: as of `rawkit.send`.

    Raises RawkitError: PrivilegeError without the capabilities, SendError where there is no TCP in `what` or the kernel
    has no nf_tables, and as `rawkit.send` does.

    >>> import rawkit
    >>> from scapy.layers.inet import IP, TCP
    >>> syn = IP(dst="127.0.0.1") / TCP(sport=40000, dport=9, flags="S")
    >>> try:
    ...     with rawkit.no_kernel_rst(syn):
    ...         pass  # here rawkit.ask(syn) gets a SYN-ACK, and the connection stays
    ... except rawkit.RawkitError:  # not everyone may
    ...     pass
    """
    from rawkit.run.send.kernel_rst import KernelRst

    with KernelRst() as rst:
        for batch in SendRun(SendRequest(what=what, interface=interface)).made():
            rst.cover(batch)
        if not rst.sources:
            raise SendError("the kernel resets TCP alone, and these frames have none: give TCP segments")
        yield
