"""What is told to the packet filter, beside what the program nft makes of its own language."""

from __future__ import annotations

import errno
import json
import re
import shutil
import struct
from collections.abc import Callable
from ipaddress import ip_address

import pytest

from rawkit.lab import Host, Lab
from rawkit.run.send.kernel_rst import KernelRst
from rawkit.sockets.nftables import expressions as do
from rawkit.sockets.nftables.ruleset import (
    ADDRESS6,
    ELEMENTS_AT_ONCE,
    FILTER,
    FORWARD,
    INPUT,
    OUTPUT,
    PORT,
    PROTOCOL,
    RAW,
    Nftables,
    RuleChange,
    add_chain,
    add_elements,
    add_fixed_set,
    add_rule,
    add_set,
    add_table,
)

pytestmark = [pytest.mark.netns, pytest.mark.referee]

TCP, UDP, SCTP = 6, 17, 132
RULES = {
    "any": (do.drop(), "drop"),
    "udp": (do.of_protocol(UDP) + do.to_port(53) + do.drop(), "meta l4proto udp th dport 53 drop"),
    "sctp": (do.of_protocol(SCTP) + do.drop(), "meta l4proto sctp drop"),
    "ipv4": (do.of_ip_version(4) + do.unreachable(13), "meta nfproto ipv4 reject with icmp type admin-prohibited"),
    "ipv6": (do.of_ip_version(6) + do.unreachable(1), "meta nfproto ipv6 reject with icmpv6 type admin-prohibited"),
    "either": (do.port_unreachable(), "reject with icmpx type port-unreachable"),
    "reset": (do.of_protocol(TCP) + do.to_port(65535) + do.reset(), "tcp dport 65535 reject with tcp reset"),
    "flag": (do.with_tcp_flag(0x02) + do.drop(), "tcp flags & syn == syn drop"),
}


@pytest.fixture
def hosts(pair: Lab) -> tuple[Host, Host]:
    """The host that is told by netlink, and the one that nft tells."""
    if not shutil.which("nft"):
        pytest.skip("needs nft")
    return pair["client"], pair["server"]


def listed(host: Host) -> str:
    """All rules of a host, without the program that owns a table."""
    return re.sub(r" # progname .*", "", host.run(["nft", "list", "ruleset"], check=True).stdout)


def same(hosts: tuple[Host, Host], changes: list[RuleChange], language: str) -> None:
    ours, theirs = hosts
    theirs.run(["nft", "-f", "-"], input=language, check=True)
    with ours.entered(), Nftables() as kernel:
        kernel.commit(changes)
    assert listed(ours) == listed(theirs) != ""


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_that_of_nft(hosts: tuple[Host, Host], rule: str) -> None:
    expressions, language = RULES[rule]
    changes = [add_table("t"), add_chain("t", "c", INPUT, FILTER), add_rule("t", "c", expressions)]
    same(hosts, changes, f"table inet t {{ chain c {{ type filter hook input priority filter; {language}; }}; }}")


@pytest.mark.parametrize(("hook", "number"), [("input", INPUT), ("forward", FORWARD), ("output", OUTPUT)])
@pytest.mark.parametrize(("priority", "level"), [("raw", RAW), ("filter", FILTER)])
def test_a_chain_is_that_of_nft(hosts: tuple[Host, Host], hook: str, number: int, priority: str, level: int) -> None:
    language = f"table inet t {{ chain c {{ type filter hook {hook} priority {priority}; }}; }}"
    same(hosts, [add_table("t"), add_chain("t", "c", number, level)], language)


def test_sets_without_a_name_are_those_of_nft(hosts: tuple[Host, Host]) -> None:
    changes = [
        add_table("t"),
        add_chain("t", "c", INPUT, FILTER),
        *add_fixed_set("t", 1, PROTOCOL, [b"\x06", b"\x11"]),
        *add_fixed_set("t", 2, PORT, [struct.pack("!H", port) for port in (22, 80, 40000)]),
        add_rule("t", "c", do.of_protocols(1), do.to_ports(2), do.drop()),
    ]
    rule = "meta l4proto { tcp, udp } th dport { 22, 80, 40000 } drop"
    same(hosts, changes, f"table inet t {{ chain c {{ type filter hook input priority 0; {rule}; }}; }}")


def test_the_rule_of_no_kernel_rst_is_that_of_nft(hosts: tuple[Host, Host], batch: Callable[..., object]) -> None:
    ours, theirs = hosts
    theirs.run(
        ["nft", "-f", "-"],
        input="""
        table inet t {
          set sources4 { type ipv4_addr . inet_service; elements = { 192.0.2.10 . 40000, 192.0.2.11 . 1 }; }
          set sources6 { type ipv6_addr . inet_service; elements = { 2001:db8:1::10 . 65535 }; }
          chain output {
            type filter hook output priority raw
            tcp flags & rst == rst ip saddr . tcp sport @sources4 drop
            tcp flags & rst == rst ip6 saddr . tcp sport @sources6 drop
          }
        }""",
        check=True,
    )
    with ours.entered(), KernelRst() as rst:
        rst.cover(batch(("192.0.2.10", 40000), ("192.0.2.11", 1), ("2001:db8:1::10", 65535)))
        found = listed(ours)
    assert "flags owner" in found
    assert listed(ours) == ""
    renamed = re.sub(r"rawkit_\w+", "t", found).replace("\tflags owner\n\n", "")
    assert renamed == listed(theirs)


@pytest.fixture
def batch() -> Callable[..., object]:
    """Makes frames with a SYN from each of these sources; scapy's."""
    from scapy.layers.inet import IP, TCP
    from scapy.layers.inet6 import IPv6

    from rawkit.frames import FrameBatch
    from rawkit.linktypes import RAW as RAW_IP

    def make(*sources: tuple[str, int]) -> FrameBatch:
        layers = [(IPv6 if ":" in address else IP)(src=address) / TCP(sport=port) for address, port in sources]
        return FrameBatch.from_frames([bytes(layer) for layer in layers], link_type=RAW_IP)

    return make


def test_what_is_owned_goes_with_its_socket(hosts: tuple[Host, Host]) -> None:
    ours, _ = hosts
    with ours.entered(), Nftables() as kernel:
        kernel.commit([add_table("owned", owned=True)])
        kernel.commit([add_table("kept")])
        assert set(re.findall(r"table inet (\w+)", listed(ours))) == {"owned", "kept"}
    assert re.findall(r"table inet (\w+)", listed(ours)) == ["kept"]


def test_all_or_nothing_and_then_again(hosts: tuple[Host, Host]) -> None:
    ours, _ = hosts
    with ours.entered(), Nftables() as kernel:
        with pytest.raises(OSError, match="No such file") as caught:
            kernel.commit([add_table("t"), add_rule("t", "nosuch", do.drop()), add_chain("t", "c", INPUT, FILTER)])
        assert caught.value.errno == errno.ENOENT
        assert listed(ours) == ""
        kernel.commit([add_table("t")])
    assert listed(ours) == "table inet t {\n}\n"


def test_as_many_elements_as_are_allowed(hosts: tuple[Host, Host]) -> None:
    ours, _ = hosts
    addresses = [ip_address((0x20010DB8 << 96) + number) for number in range(ELEMENTS_AT_ONCE)]
    key = ADDRESS6.then(PORT)
    with ours.entered(), Nftables() as kernel:
        kernel.commit([add_table("t"), add_set("t", "s", key, 1)])
        kernel.commit([add_elements("t", "s", [one.packed + struct.pack("!H2x", 80) for one in addresses])])
    found = json.loads(ours.run(["nft", "-j", "list", "set", "inet", "t", "s"], check=True).stdout)["nftables"]
    elements = next(one["set"]["elem"] for one in found if "set" in one)
    assert {tuple(one["concat"]) for one in elements} == {(str(address), 80) for address in addresses}
