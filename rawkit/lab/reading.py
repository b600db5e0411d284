"""Reads the parts of a lab out of TOML tables."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network

from rawkit.lab.faults import read_faults
from rawkit.lab.parts import EndSpec, FilterSpec, HostSpec, LinkSpec, RouteSpec, ServiceSpec
from rawkit.lab.tables import TomlTable


def read_host(name: str, table: TomlTable) -> HostSpec:
    """The host that a table `[hosts.NAME]` describes; LabError names the key that is wrong."""
    with table:
        with table.table("sysctls") as sysctls:
            parameters = {parameter: sysctls.scalar(parameter) for parameter in sysctls.names()}
        return HostSpec(
            name=name,
            gateways=table.list_of("gateways", ip_address),
            routes=tuple(_read_route(route) for route in table.tables("routes")),
            forward=table.flag("forward", False),
            sysctls=parameters,
            nftables=table.text("nftables", ""),
            services=tuple(_read_service(service) for service in table.tables("services")),
            filters=tuple(_read_filter(entry) for entry in table.tables("filters")),
        )


def _read_route(table: TomlTable) -> RouteSpec:
    with table:
        return RouteSpec(to=table.parsed("to", ip_network), via=table.parsed("via", ip_address))


def _read_service(table: TomlTable) -> ServiceSpec:
    with table:
        answer = table.text("answer", "port-unreachable")
        return ServiceSpec(table.text("kind"), table.integer("port"), answer)


def _read_filter(table: TomlTable) -> FilterSpec:
    with table:
        answer = table.text("answer", "port-unreachable")
        return FilterSpec(table.text("kind"), table.integers("ports"), answer)


def read_link(table: TomlTable) -> LinkSpec:
    """The link that a table `[[links]]` describes; LabError names the key that is wrong."""
    with table:
        return LinkSpec(
            ends=tuple(_read_end(end) for end in table.tables("ends")),
            mtu=table.integer("mtu", 1500),
            offload=table.flag("offload", False),
            faults=read_faults(table.table("faults")) if table.has("faults") else None,
            faults_back=read_faults(table.table("faults_back")) if table.has("faults_back") else None,
        )


def _read_end(table: TomlTable) -> EndSpec:
    with table:
        return EndSpec(
            host=table.text("host"),
            addresses=table.list_of("addresses", ip_interface),
            interface=table.text("interface", ""),
            mac=table.text("mac", ""),
        )
