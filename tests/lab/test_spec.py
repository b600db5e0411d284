"""Specs: what TOML gives, and that an error names the key."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path

import pytest

from rawkit.errors import LabError
from rawkit.lab import EndSpec, FilterSpec, HostSpec, LabSpec, LinkSpec, RouteSpec, scenarios

HOSTS = "[hosts.a]\n[hosts.b]\n"
LINK = "[[links]]\nends = [{ host = 'a' }, { host = 'b' }]\n"


def test_everything_that_toml_can_say() -> None:
    spec = LabSpec.from_toml("""
        description = "all of it"
        [hosts.a]
        forward = true
        gateways = ["192.0.2.2"]
        routes = [{ to = "203.0.113.0/24", via = "192.0.2.2" }]
        sysctls = { "net.ipv4.tcp_syn_retries" = 2, "net.ipv4.tcp_sack" = false }
        nftables = "table ip t {}"
        filters = [{ kind = "drop", ports = [22, 23] }, { kind = "reject", ports = [25], answer = "reset" }]
        [hosts.b]
        [[links]]
        mtu = 9000
        offload = true
        ends = [
          { host = "a", addresses = ["192.0.2.1/24"], interface = "wan", mac = "02:00:00:00:00:99" },
          { host = "b", addresses = ["192.0.2.2/24", "2001:db8::2/64"] },
        ]
    """)
    a = HostSpec(
        name="a",
        gateways=(ip_address("192.0.2.2"),),
        routes=(RouteSpec(ip_network("203.0.113.0/24"), ip_address("192.0.2.2")),),
        forward=True,
        sysctls={"net.ipv4.tcp_syn_retries": "2", "net.ipv4.tcp_sack": "0"},
        nftables="table ip t {}",
        filters=(FilterSpec("drop", (22, 23)), FilterSpec("reject", (25,), "reset")),
    )
    ends = (
        EndSpec("a", (ip_interface("192.0.2.1/24"),), "wan", "02:00:00:00:00:99"),
        EndSpec("b", (ip_interface("192.0.2.2/24"), ip_interface("2001:db8::2/64"))),
    )
    assert spec == LabSpec((a, HostSpec("b")), (LinkSpec(ends, 9000, True),), "all of it")


def test_interfaces_are_named_and_numbered_in_order() -> None:
    found = [(i.host, i.name, i.mac, i.link) for i in scenarios.load("router").interfaces()]
    assert found == [
        ("client", "eth0", "02:00:00:00:01:00", 0),
        ("router", "eth0", "02:00:00:00:02:00", 0),
        ("router", "eth1", "02:00:00:00:02:01", 1),
        ("server", "eth0", "02:00:00:00:03:00", 1),
    ]


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("hosts = 1", "hosts: 1 is not a table:"),
        ("", "hosts: there are none:"),
        ("[hosts.UPPER]", "hosts.UPPER: no host name:"),
        ("[hosts.a]\nforwards = true", "hosts.a.forwards: unknown key: use one of filters, forward,"),
        ("[hosts.a]\nforward = 1", "hosts.a.forward: 1 is not a boolean:"),
        ("[hosts.a]\ngateways = '192.0.2.1'", "hosts.a.gateways: '192.0.2.1' is not a list:"),
        ("[hosts.a]\ngateways = ['192.0.2.256']", "hosts.a.gateways[0]: '192.0.2.256' does not appear"),
        ("[hosts.a]\ngateways = ['192.0.2.1', '192.0.2.2']", "hosts.a.gateways: two gateways for IPv4:"),
        ("[hosts.a]\nroutes = [{ to = '192.0.2.0/24' }]", "hosts.a.routes[0].via: missing:"),
        ("[hosts.a]\nsysctls = { 'kernel.pid_max' = 1 }", "hosts.a.sysctls.kernel.pid_max: no kernel parameter"),
        ("[hosts.a]\nsysctls = { 'net/../x' = 1 }", "hosts.a.sysctls.net/../x: no kernel parameter"),
        ("[hosts.a]\nsysctls = { 'net.ipv4.x' = [] }", "hosts.a.sysctls.net.ipv4.x: [] is not a string or"),
        (HOSTS + "[[links]]\nends = [{ host = 'a' }]", "links[0].ends: a link has at least two ends:"),
        (HOSTS + LINK + "mtu = 1", "links[0].mtu: 1 is no MTU:"),
        (HOSTS + LINK + "mtu = true", "links[0].mtu: True is not an integer:"),
        (HOSTS + "[[links]]\nends = [{ host = 'a' }, { host = 'c' }]", "links[0].ends[1].host: unknown host 'c'"),
        (HOSTS + "[[links]]\nends = [{ host = 'a' }, {}]", "links[0].ends[1].host: missing:"),
        (HOSTS + LINK.replace("'a'", "'a', mac = 'x'"), "links[0].ends: 'x' is no station's address:"),
        (HOSTS + LINK.replace("'a'", "'a', interface = 'lo'"), "links[0].ends: 'lo' is no interface name:"),
        (
            HOSTS + LINK.replace("'a'", "'a', addresses = ['192.0.2.1/33']"),
            "links[0].ends[0].addresses[0]: '192.0.2.1/33' does not appear",
        ),
        (
            HOSTS + LINK.replace("' }", "', addresses = ['192.0.2.1/24'] }"),
            "links: two interfaces have the address 192.0.2.1:",
        ),
        ("hosts = ", "not TOML: "),
        (HOSTS + LINK + "\n[server]", "server: unknown key: use one of description, hosts, links"),
    ],
)
def test_an_error_names_the_key(text: str, beginning: str) -> None:
    with pytest.raises(LabError) as caught:
        LabSpec.from_toml(text)
    assert str(caught.value).startswith(beginning)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"none\.toml: No such file or directory: give the path"):
        LabSpec.from_file(tmp_path / "none.toml")


def test_an_error_in_a_file_names_the_file_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[hosts.a]\nforward = 'yes'")
    with pytest.raises(LabError, match=r"mine\.toml: hosts\.a\.forward: 'yes' is not a boolean"):
        LabSpec.from_file(path)


@pytest.mark.parametrize("name", scenarios.names())
def test_scenarios_use_documentation_addresses_only(name: str) -> None:
    blocks = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15", "2001:db8::/32"]
    allowed = [ip_network(block) for block in blocks]
    for interface in scenarios.load(name).interfaces():
        for address in interface.addresses:
            assert any(address.ip in block for block in allowed if block.version == address.version)
