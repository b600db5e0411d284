"""The checksums of crafted frames, as tshark sees them."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import GRE, Dot1Q, Ether
from scapy.layers.sctp import SCTP, SCTPChunkInit
from scapy.layers.vxlan import VXLAN
from scapy.utils import PcapWriter

from rawkit.craft import Counter, Random, Template

pytestmark = pytest.mark.referee

MACS = {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02"}
FROM4, FROM6 = IP(src="192.0.2.1", dst="198.18.0.0/20"), IPv6(src="2001:db8::1", dst="2001:db8::/116")
CHECKS = [option for p in ("ip", "tcp", "udp") for option in ("-o", f"{p}.check_checksum:TRUE")]
CHECKS += ["-o", "sctp.checksum:CRC 32c"]


@pytest.mark.parametrize(
    ("packet", "layer"),
    [
        (Ether(**MACS) / FROM4 / TCP(sport=(1, 3)), "tcp"),
        (Ether(**MACS) / Dot1Q(vlan=(1, 5)) / FROM4 / UDP(sport=(1, 3)) / b"odd", "udp"),
        (Ether(**MACS) / FROM4 / ICMP(id=(1, 3)), "icmp"),
        (Ether(**MACS) / FROM6 / TCP(sport=(1, 3)), "tcp"),
        (Ether(**MACS) / FROM6 / ICMPv6EchoRequest(seq=(1, 3)), "icmpv6"),
        (Ether(**MACS) / FROM4 / SCTP(tag=(1, 3)) / SCTPChunkInit(), "sctp"),
        (Ether(**MACS) / IP(src="192.0.2.1", dst="192.0.2.2") / GRE() / FROM4 / TCP(sport=(1, 3)), "tcp"),
        (Ether(**MACS) / FROM4 / UDP(dport=4789) / VXLAN() / Ether(**MACS) / FROM4 / UDP(sport=1, dport=9), "udp"),
    ],
    ids=lambda one: "/".join(type(layer).__name__ for layer in one.iterpayloads()) if hasattr(one, "payload") else "",
)  # fmt: skip
def test_tshark_finds_no_wrong_checksum(packet, layer, tmp_path):
    frames = sample(Template(packet, vary={f"{type(packet[0].payload).__name__}:1.{name(packet)}": Random(5)}))
    statuses = tshark(tmp_path, frames, f"{layer}.checksum.status", "ip.checksum.status")
    assert {status for line in statuses for status in line.replace(",", "\t").split("\t")} <= {"1", "Good", ""}
    assert all(line.split("\t")[0] for line in statuses)


def name(packet):
    return {"IP": "id", "IPv6": "fl", "Dot1Q": "prio"}[type(packet[0].payload).__name__]


def sample(template):
    """2,000 frames, from the first 50,000."""
    frames = [frame for batch in template.batches(count=50_000) for frame in batch.frames()]
    return [frames[at] for at in np.random.default_rng(1).choice(len(frames), 2000)]


def tshark(folder, frames, *fields):
    path = folder / "frames.pcap"
    with PcapWriter(str(path), linktype=1) as writer:
        for frame in frames:
            writer.write(frame)
    wanted = [option for one in fields for option in ("-e", one)]
    command = ["tshark", "-r", str(path), *CHECKS, "-T", "fields", *wanted]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_a_broken_checksum_would_be_found(tmp_path):
    packet = Ether(**MACS) / IP(src="192.0.2.1", dst="192.0.2.2") / TCP(chksum=1)
    frames = sample(Template(packet, vary={"IP.id": Counter()}))
    assert set(tshark(tmp_path, frames, "tcp.checksum.status", "ip.checksum.status")) == {"0\t1"}
