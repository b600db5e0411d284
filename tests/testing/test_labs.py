"""The fixtures of networks: `lab`, `sniffed`, `replayed`, and what a failed test leaves."""

from __future__ import annotations

import os

import pytest

from rawkit.lab import state

pytestmark = [pytest.mark.root, pytest.mark.netns]

PING = """
def test_ping(lab, sniffed):
    network = lab("pair")
    with sniffed(network["server"]) as seen:
        assert network["client"].ping("192.0.2.20", count=3, interval=0.01).wait()[0].received == 3
    assert sum(packet.get("icmp.type") == 8 for packet in seen.packets) == 3
"""


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_a_lab_is_there_for_the_test_and_gone_after_it(project, options):
    """Also in workers, after `import numpy`, which has threads; the process is where and who it was."""
    project.makepyfile(
        test_one="import numpy, os\n" + PING + "\n    assert os.readlink('/proc/self/ns/net') == NET\n"
        f"NET = {os.readlink('/proc/self/ns/net')!r}\n\n"
        "def test_it_is_who_it_was():\n"
        f"    assert (os.readlink('/proc/self/ns/net'), os.getuid()) == (NET, {os.getuid()})\n",
        test_two=PING,
    )
    result = project.runpytest_subprocess(*options)
    result.assert_outcomes(passed=3)


def test_a_scenario_of_ones_own_stands_beside_the_test(project):
    project.maketxtfile(unused="")
    (project.path / "two.toml").write_text(
        "[hosts.left]\n[hosts.right]\n[[links]]\nends = [\n"
        '  { host = "left", addresses = ["192.0.2.1/24"] }, { host = "right", addresses = ["192.0.2.2/24"] },\n]\n'
    )
    project.makepyfile("def test_it(lab):\n    assert set(lab('two.toml').hosts) == {'left', 'right'}\n")
    project.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_capture_is_replayed_into_a_lab(project):
    project.makepyfile(
        """
        def test_it(lab, sniffed, replayed, capture):
            network = lab("pair")
            with sniffed(network["server"], filter="ip and not icmp") as seen:
                sent = replayed("dns.pcap", network["client"], top=True)
            assert (sent.frames, len(seen.packets)) == (20, 20)
            assert [packet.bytes for packet in seen.packets] == [one.bytes for one in capture("dns.pcap").packets]
            assert [one["messages"] for one in seen.rows("udp")] == [
                one["messages"] for one in capture("dns.pcap").rows("udp")
            ]

        def test_unknown(lab, replayed):
            replayed("dns.pcap", lab("pair")["client"], quickly=True)
        """
    )
    result = project.runpytest_subprocess()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*TypeError*unexpected keyword argument 'quickly'*"])


def test_more_than_the_ring_has_room_for(project):
    """17 MB of frames, in a ring of 16 MiB."""
    project.makepyfile(
        """
        from scapy.layers.inet import IP, UDP

        def test_it(lab, sniffed):
            network = lab("pair")
            with sniffed(network["server"]) as seen:
                network["client"].send(IP(dst="192.0.2.20") / UDP(dport=9) / bytes(1400), count=12000, rate=4000)
            with seen.open("udp port 9") as capture:
                assert sum(len(batch) for batch in capture.batches()) == 12000
        """
    )
    project.runpytest_subprocess().assert_outcomes(passed=1)


FAILS = """
from scapy.layers.inet import IP, TCP

def test_fails(lab, sniffed):
    network = lab("pair")
    with sniffed(network["server"]) as seen:
        network["client"].ask(IP(dst="192.0.2.20") / TCP(sport=1000, dport=81), timeout=10)
    assert seen.handshakes == []
"""


def test_a_failure_leaves_the_capture_and_says_what_was_in_it_and_no_lab(project, tmp_path):
    labs = len(state.records(state.state_folder()))
    project.makepyfile(test_it=FAILS)
    result = project.runpytest_subprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*1-server-eth0.pcap", "*192.0.2.10:1000 > 192.0.2.20:81: refused; *"])
    [kept] = (project.path / ".pytest_cache" / "d" / "rawkit-failures").rglob("*.pcap")
    assert kept.parent.name == "test_it.py-test_fails"
    project.runpytest_subprocess(f"--rawkit-failures={tmp_path / 'artefacts'}").assert_outcomes(failed=1)
    assert [path.name for path in (tmp_path / "artefacts").rglob("*.pcap")] == ["1-server-eth0.pcap"]
    assert len(state.records(state.state_folder())) == labs
