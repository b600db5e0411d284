"""Labs that are up: their addresses, routes, rules and wires, as the kernel and the usual tools see them."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_interface
from pathlib import Path

import pytest

from rawkit.errors import LabError
from rawkit.lab import EndSpec, HostSpec, Lab, LabSpec, LinkSpec, scenarios

pytestmark = [pytest.mark.netns, pytest.mark.usefixtures("namespaces")]


def network_of_this_thread() -> int:
    return os.stat("/proc/thread-self/ns/net").st_ino


def lan(hosts: int, **link: object) -> LabSpec:
    """Hosts h1, h2, … on one switch (or one wire, where there are two)."""
    names = [f"h{number}" for number in range(1, hosts + 1)]
    ends = tuple(EndSpec(name, (ip_interface(f"192.0.2.{i}/24"),)) for i, name in enumerate(names, 1))
    return LabSpec(tuple(HostSpec(name) for name in names), (LinkSpec(ends, **link),))


@pytest.mark.parametrize("family", ["-4", "-6"])
def test_hosts_on_one_wire_answer_each_other(pair: Lab, family: str) -> None:
    done = pair["client"].run(["ping", family, "-c1", "-W2", "server"])
    assert "ttl=64" in done.stdout, done


@pytest.mark.parametrize("family", ["-4", "-6"])
def test_a_router_forwards_and_takes_one_from_the_ttl(routed: Lab, family: str) -> None:
    done = routed["client"].run(["ping", family, "-c1", "-W2", "server"])
    assert "ttl=63" in done.stdout, done


def test_interfaces_are_as_the_kernel_lists_them(routed: Lab) -> None:
    for host in routed.hosts.values():
        listed = json.loads(host.run(["ip", "-j", "addr"], check=True).stdout)
        found = {
            (
                link["ifname"],
                link["address"],
                f"{a['local']}/{a['prefixlen']}",
                *(["tentative"] * a.get("tentative", 0)),
            )
            for link in listed
            for a in link["addr_info"]
            if a["scope"] == "global"
        }
        assert found == {(i.name, i.mac, str(a)) for i in host.interfaces for a in i.addresses}
        assert {link["ifname"] for link in listed} == {"lo", *(i.name for i in host.interfaces)}


def test_addresses_of_a_host(pair: Lab) -> None:
    client = pair["client"]
    assert client.addresses == (client.ipv4, client.ipv6)
    assert (str(client.ipv4), str(client.ipv6)) == ("192.0.2.10", "2001:db8:1::10")


def test_a_host_without_an_address_says_so(namespaces: None) -> None:
    with Lab(LabSpec((HostSpec("a"),))) as lab, pytest.raises(LabError, match="host a has no IPv6 address"):
        _ = lab["a"].ipv6


def test_an_unknown_host_is_named(pair: Lab) -> None:
    with pytest.raises(LabError, match="'moon' is no host of this lab: use one of client, server"):
        pair["moon"]


def test_entered_moves_this_thread_there_and_back(pair: Lab) -> None:
    outside = network_of_this_thread()
    with pair["server"].entered(), socket.create_server((str(pair["server"].ipv4), 8080)) as server:
        assert network_of_this_thread() == os.stat(pair["server"].network).st_ino
        with pair["client"].entered():
            client = socket.create_connection(server.getsockname(), timeout=2)
        accepted, peer = server.accept()
    assert network_of_this_thread() == outside
    with client, accepted:
        assert peer == client.getsockname()
        assert peer[0] == str(pair["client"].ipv4)


def test_entered_comes_back_after_an_exception(pair: Lab) -> None:
    outside = network_of_this_thread()
    with pytest.raises(ZeroDivisionError), pair["server"].entered():
        _ = 1 / 0
    assert network_of_this_thread() == outside


def test_run_gives_output_and_exit_code(pair: Lab) -> None:
    done = pair["client"].run(["sh", "-c", "cat; echo wrong >&2; exit 3"], input="given")
    assert (done.stdout, done.stderr, done.returncode) == ("given", "wrong\n", 3)
    with pytest.raises(subprocess.CalledProcessError):
        pair["client"].run(["false"], check=True)


def test_run_kills_at_its_timeout(pair: Lab) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        pair["client"].run(["sleep", "60"], timeout=0.1)


def test_programs_see_their_host_and_only_the_labs_processes(pair: Lab, tmp_path: Path) -> None:
    script = "uname -n; ls /sys/class/net; pwd; getent ahostsv4 client | head -n1 | cut -d' ' -f1"
    done = pair["server"].run(["sh", "-c", script])
    assert done.stdout.split() == ["server", "eth0", "lo", os.getcwd(), str(pair["client"].ipv4)]
    names = pair["server"].run(["sh", "-c", "cat /proc/[0-9]*/cmdline"]).stdout
    assert "pytest" not in names
    assert "init.py" in names


@pytest.mark.parametrize("scenario", scenarios.names())
def test_there_is_no_route_out(scenario: str) -> None:
    before = json.loads(subprocess.check_output(["ip", "-j", "link"]))
    with Lab.from_spec(scenario) as lab:
        assert json.loads(subprocess.check_output(["ip", "-j", "link"])) == before
        inside = {os.stat(host.network).st_ino for host in lab.hosts.values()}
        assert network_of_this_thread() not in inside
        for host in lab.hosts.values():
            # Addresses of no host here; where a router leads on, it answers that it knows no way either.
            for family, address in ((socket.AF_INET, "203.0.113.1"), (socket.AF_INET6, "2001:db8:ffff::1")):
                with host.entered(), socket.socket(family, socket.SOCK_STREAM) as outward:
                    outward.settimeout(5)
                    assert outward.connect_ex((address, 80)) in (errno.ENETUNREACH, errno.EHOSTUNREACH)
            for link in json.loads(host.run(["ip", "-j", "-d", "link"]).stdout):
                assert link["ifname"] == "lo" or link["linkinfo"]["info_kind"] == "veth"


def test_sysctls_of_the_stack_and_of_an_interface(namespaces: None) -> None:
    keys = {"net.ipv4.tcp_syn_retries": "2", "net.ipv4.conf.wan.forwarding": "1"}
    hosts = (HostSpec("a", sysctls=keys), HostSpec("b"))
    with Lab(LabSpec(hosts, (LinkSpec((EndSpec("a", interface="wan"), EndSpec("b"))),))) as lab:
        for key, value in keys.items():
            assert lab["a"].run(["cat", f"/proc/sys/{key.replace('.', '/')}"]).stdout.strip() == value
        assert lab["b"].run(["cat", "/proc/sys/net/ipv4/tcp_syn_retries"]).stdout.strip() != "2"


def test_a_wrong_sysctl_is_named(namespaces: None) -> None:
    with pytest.raises(LabError, match=r"hosts\.a\.sysctls\.net\.ipv4\.nosuch: '1': No such file"):
        Lab(LabSpec((HostSpec("a", sysctls={"net.ipv4.nosuch": "1"}),)))
    with pytest.raises(LabError, match=r"hosts\.a\.sysctls\.net\.ipv4\.ip_forward: 'x': Invalid argument"):
        Lab(LabSpec((HostSpec("a", sysctls={"net.ipv4.ip_forward": "x"}),)))


def test_a_ruleset_is_in_force(namespaces: None) -> None:
    rules = """
        table inet lab {
          chain input {
            type filter hook input priority 0
            tcp dport 80 reject with icmpx admin-prohibited
          }
        }"""
    spec = lan(2)
    hosts = (spec.hosts[0], HostSpec("h2", nftables=rules))
    with Lab(LabSpec(hosts, spec.links)) as lab, lab["h1"].entered(), socket.socket() as client:
        client.settimeout(5)
        assert client.connect_ex((str(lab["h2"].ipv4), 80)) == errno.EHOSTUNREACH
    with Lab(spec) as lab, lab["h1"].entered(), socket.socket() as client:
        assert client.connect_ex((str(lab["h2"].ipv4), 80)) == errno.ECONNREFUSED


def test_a_wrong_ruleset_is_named(namespaces: None) -> None:
    with pytest.raises(LabError, match=r"hosts\.a\.nftables: .*syntax error"):
        Lab(LabSpec((HostSpec("a", nftables="tabel x"),)))


def test_a_gateway_in_no_network_of_the_host_is_named(namespaces: None) -> None:
    spec = LabSpec.from_toml("[hosts.a]\ngateways = ['192.0.2.1']")
    with pytest.raises(LabError, match=r"hosts\.a: route to 0\.0\.0\.0/0: 192\.0\.2\.1 is no neighbour"):
        Lab(spec)


@pytest.mark.parametrize("offload", [False, True])
def test_offload_decides_what_a_wire_carries(offload: bool) -> None:
    with Lab(lan(2, offload=offload)) as lab:
        with lab["h2"].entered():
            server = socket.create_server((str(lab["h2"].ipv4), 9))
            tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        with lab["h1"].entered():
            client = socket.create_connection(server.getsockname())
        with server, tap, client:
            accepted, _ = server.accept()
            client.sendall(bytes(100_000))
            client.close()
            with accepted, accepted.makefile("rb") as stream:
                assert len(stream.read()) == 100_000
            sizes = drain(tap)
    assert (max(sizes) > 1514) == offload


def drain(tap: socket.socket) -> list[int]:
    """Sizes of the frames that wait in a packet socket."""
    tap.setblocking(False)
    sizes = []
    try:
        while True:
            sizes.append(len(tap.recv(65536)))
    except BlockingIOError:
        return sizes


def test_more_than_two_ends_make_a_switch(namespaces: None) -> None:
    with Lab(lan(3)) as lab:
        for name in ("h2", "h3"):
            assert lab["h1"].run(["ping", "-c1", "-W2", name]).returncode == 0
        assert "ttl=64" in lab["h3"].run(["ping", "-c1", "-W2", "h2"]).stdout


def test_mtu_holds_at_both_ends(namespaces: None) -> None:
    with Lab(lan(2, mtu=1400)) as lab:
        fits = ["ping", "-c1", "-W2", "-Mdo", "-s1372", "h2"]
        assert lab["h1"].run(fits).returncode == 0
        assert "mtu=1400" in lab["h1"].run([*fits[:-2], "-s1373", "h2"]).stderr


def test_two_labs_at_once_do_not_meet(namespaces: None) -> None:
    with Lab(lan(2)) as one, Lab(lan(2)) as other:
        for lab in (one, other):
            assert lab["h1"].run(["ping", "-c1", "-W2", "h2"]).returncode == 0
        with one["h2"].entered(), socket.create_server((str(one["h2"].ipv4), 80)):
            with other["h1"].entered(), socket.socket() as client:
                assert client.connect_ex((str(other["h2"].ipv4), 80)) == errno.ECONNREFUSED
            with one["h1"].entered(), socket.socket() as client:
                assert client.connect_ex((str(one["h2"].ipv4), 80)) == 0


@pytest.mark.alone
def test_fifty_hosts_are_up_in_under_five_seconds(namespaces: None) -> None:
    begin = time.monotonic()
    with Lab(lan(50)) as lab:
        assert time.monotonic() - begin < 5
        assert lab["h50"].run(["ping", "-c1", "-W2", "h1"]).returncode == 0


def test_a_closed_lab_says_so(namespaces: None) -> None:
    lab = Lab.from_spec("pair")
    lab.close()
    lab.close()
    with pytest.raises(LabError, match="the lab is closed: build it again"):
        lab["client"].run(["true"])
    with pytest.raises(LabError, match="the lab is closed"):
        lab["client"].entered()


class Late(list[str]):
    """A command that is not there before the lab is being closed."""

    def __init__(self, command: list[str], lab: Lab) -> None:
        super().__init__(command)
        self._lab = lab
        self.asked = threading.Event()

    def __iter__(self) -> Iterator[str]:
        self.asked.set()
        while self._is_open():
            pass
        return super().__iter__()

    def _is_open(self) -> bool:
        try:
            self._lab["client"].entered()
        except LabError:
            return False
        return True


def test_a_program_that_starts_while_the_lab_closes_ends_with_it(namespaces: None) -> None:
    lab = Lab.from_spec("pair")
    command = Late(["sleep", "1000"], lab)
    with ThreadPoolExecutor(1) as other:
        starting = other.submit(lab["client"].popen, command)
        command.asked.wait()
        lab.close()
        assert starting.result().returncode == -signal.SIGTERM


def test_programs_ask_none_of_the_machines_resolvers(tmp_path: Path) -> None:
    """A resolver's socket of the machine is there outside, and not inside."""
    script = """
import os, sys
from pathlib import Path
from rawkit.lab.namespaces import CLONE_NEWNS, MS_PRIVATE, MS_REC, mount, unshare
unshare(CLONE_NEWNS)
mount("none", "/", flags=MS_REC | MS_PRIVATE)
mount("tmpfs", "/run", "tmpfs")
resolver = Path("/run/systemd/resolve")
resolver.mkdir(parents=True)
(resolver / "io.systemd.Resolve").touch()
(resolver / "stub-resolv.conf").write_text("nameserver 192.0.2.53")
mount("tmpfs", "/etc", "tmpfs")
Path("/etc/hosts").touch()
Path("/etc/resolv.conf").symlink_to(resolver / "stub-resolv.conf")
from rawkit.lab import Lab
with Lab.from_spec("lan20") as lab:
    print(lab["h01"].run(["cat", "/etc/resolv.conf", "/etc/hosts"]).stdout)
    print(lab["h01"].run(["ls", str(resolver)]).stdout)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "nameserver 192.0.2.1\nnameserver 2001:db8:1::1\n" in done.stdout, done
    assert "192.0.2.20 h20\n" in done.stdout
    assert "io.systemd.Resolve" not in done.stdout
