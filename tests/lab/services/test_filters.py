"""What a host drops and rejects, beside the rules that the program nft makes of the same in its own language."""

from __future__ import annotations

import errno
import shutil
import socket
from ipaddress import ip_address

import pytest

from rawkit.errors import LabError
from rawkit.lab import FilterSpec, HostSpec, Lab, LabSpec, ServiceSpec, scenarios
from rawkit.lab.services.kinds import ANSWERS

pytestmark = [pytest.mark.netns, pytest.mark.usefixtures("namespaces")]

BOTH = "meta l4proto { tcp, udp }"


def unreachable(port: str, answer: str) -> list[str]:
    """The rules for each IP version, by the codes that `ANSWERS` has; test_services.py holds those to the RFCs."""
    codes = zip(("ipv4", "ipv6"), ("icmp", "icmpv6"), ANSWERS[answer], strict=True)
    return [f"meta nfproto {ip} {BOTH} th dport {port} reject with {icmp} type {code}" for ip, icmp, code in codes]


def table(chain: str, rules: list[str]) -> str:
    lines = "\n".join(rules)
    return f"table inet rawkit_lab {{\nchain {chain} {{\ntype filter hook {chain} priority 0\n{lines}\n}}\n}}\n"


@pytest.mark.referee
def test_the_rules_are_those_of_nft() -> None:
    if not shutil.which("nft"):
        pytest.skip("needs nft")
    services = [
        ServiceSpec("drop", 1),
        ServiceSpec("reject", 2, "reset"),
        *(ServiceSpec("reject", 256 + place, answer) for place, answer in enumerate(ANSWERS)),
    ]
    filters = [FilterSpec("drop", (22, 443)), FilterSpec("reject", (25,)), FilterSpec("reject", (113,), "reset")]
    own = [
        f"{BOTH} th dport 1 drop",
        "tcp dport 2 reject with tcp reset",
        "udp dport 2 reject",
        *(rule for place, answer in enumerate(ANSWERS) for rule in unreachable(str(256 + place), answer)),
    ]
    forwarded = [
        f"{BOTH} th dport {{ 22, 443 }} drop",
        *unreachable("25", "port-unreachable"),
        "tcp dport 113 reject with tcp reset",
    ]
    language = table("input", own) + table("forward", forwarded)
    hosts = (
        HostSpec("ours", forward=True, services=tuple(services), filters=tuple(filters)),
        HostSpec("theirs", nftables=language),
    )
    with Lab(LabSpec(hosts)) as lab:
        ours, theirs = (lab[name].run(["nft", "list", "ruleset"], check=True).stdout for name in ("ours", "theirs"))
    assert ours == theirs
    assert ours.count("reject with") == 2 * len(ANSWERS) + 4


def test_a_host_without_such_rules_has_no_table() -> None:
    if not shutil.which("nft"):
        pytest.skip("needs nft")
    with Lab(LabSpec((HostSpec("a", services=(ServiceSpec("http", 80),)),))) as lab:
        assert lab["a"].run(["nft", "list", "ruleset"], check=True).stdout == ""


def test_hundreds_of_rules_are_taken() -> None:
    """More than a netlink socket takes at once."""
    services = tuple(ServiceSpec("reject", port, "admin-prohibited") for port in range(1000, 1500))
    spec = scenarios.load("pair")
    with Lab(LabSpec((HostSpec("client"), HostSpec("server", services=services)), spec.links)) as lab:
        for port in (1000, 1499):
            with lab["client"].entered(), socket.socket() as client:
                client.settimeout(5)
                assert client.connect_ex((str(lab["server"].ipv4), port)) == errno.EHOSTUNREACH


def test_a_router_filters_what_it_forwards_and_not_itself() -> None:
    spec = scenarios.load("router")
    client, router, server = spec.hosts
    rejects = FilterSpec("reject", (80, 81), "net-unreachable")
    filtering = HostSpec(router.name, forward=True, filters=(rejects,))
    with Lab(LabSpec((client, filtering, server), spec.links)) as lab, lab["client"].entered():
        results = {}
        for address, port in ((lab["server"].ipv4, 80), (lab["server"].ipv4, 82), (ip_address("192.0.2.1"), 80)):
            with socket.socket() as one:
                one.settimeout(5)
                results[str(address), port] = one.connect_ex((str(address), port))
    assert list(results.values()) == [errno.ENETUNREACH, errno.ECONNREFUSED, errno.ECONNREFUSED]


@pytest.mark.parametrize(
    ("filters", "beginning"),
    [
        ("kind = 'http', ports = [1]", "hosts.a.filters[0].kind: unknown kind 'http': use one of drop, reject"),
        ("kind = 'drop'", "hosts.a.filters[0].ports: there are none: add ports like [22, 23]"),
        ("kind = 'drop', ports = [1, 65536]", "hosts.a.filters[0].ports[1]: 65536 is no port:"),
        ("kind = 'drop', ports = [7, 7]", "hosts.a.filters[0].ports: 7 is there twice:"),
        ("kind = 'reject', ports = [7], answer = 'no'", "hosts.a.filters[0].answer: unknown answer 'no':"),
        ("kind = 'drop', port = 7", "hosts.a.filters[0].port: unknown key:"),
    ],
)
def test_a_wrong_filter_is_named(filters: str, beginning: str) -> None:
    with pytest.raises(LabError) as caught:
        LabSpec.from_toml(f"[hosts.a]\nforward = true\nfilters = [{{ {filters} }}]")
    assert str(caught.value).startswith(beginning)


def test_only_a_router_filters() -> None:
    with pytest.raises(LabError, match=r"hosts\.a\.filters: the host forwards nothing: add forward = true"):
        LabSpec.from_toml("[hosts.a]\nfilters = [{ kind = 'drop', ports = [7] }]")
