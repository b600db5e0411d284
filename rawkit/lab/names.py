"""The files with which a lab's programs find names: hosts(5) and resolv.conf(5)."""

from __future__ import annotations

from rawkit.lab.spec import LabSpec


def hosts_file(spec: LabSpec) -> str:
    """The lab's addresses and names, as /etc/hosts has them (hosts(5)).

    >>> from rawkit.lab import HostSpec
    >>> print(hosts_file(LabSpec((HostSpec("a"),))), end="")
    127.0.0.1 localhost
    ::1 localhost
    """
    lines = [f"{address.ip} {end.host}" for end in spec.interfaces() for address in end.addresses]
    return "".join(f"{line}\n" for line in ("127.0.0.1 localhost", "::1 localhost", *lines))


def resolver_file(spec: LabSpec) -> str:
    """Where the lab's programs ask for names: the hosts with the service `dns`; empty where there is none.

    >>> from rawkit.lab import HostSpec, ServiceSpec
    >>> resolver_file(LabSpec((HostSpec("a", services=(ServiceSpec("dns", 53),)),)))
    ''
    """
    servers = {host.name for host in spec.hosts if any(service.kind == "dns" for service in host.services)}
    addresses = [address.ip for end in spec.interfaces() if end.host in servers for address in end.addresses]
    lines = [f"nameserver {address}\n" for address in addresses[:3]]  # MAXNS: libc reads no more
    return "".join(lines)
