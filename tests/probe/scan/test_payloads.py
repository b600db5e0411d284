"""Each question is what it says it is: tshark takes it for its protocol, whole, and has nothing to complain of."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.utils import wrpcap

from rawkit.probe.scan.payloads import payloads, payloads_for

TAKEN_FOR = {
    "BACnet": "bvlc:bacnet:bacapp",
    "BitTorrent DHT": "bt-dht",
    "CLDAP": "cldap",
    "CoAP": "coap",
    "DNS": "dns",
    "DTLS": "dtls",
    "EtherNet/IP": "enip",
    "GTP-U": "gtp",
    "GTPv2-C": "gtp:gtpv2",
    "IKEv2": "isakmp",
    "IKEv2 through NAT": "udpencap:isakmp",
    "Kerberos": "kerberos",
    "L2TP": "l2tp",
    "NAT-PMP": "portcontrol",
    "NFS": "rpc",
    "NTP": "ntp",
    "NetBIOS": "nbns",
    "OpenVPN": "openvpn",
    "Portmap": "rpc",
    "QUIC": "quic",
    "RIP": "rip",
    "RMCP": "rmcp:asf",
    "SIP": "sip",
    "SLP": "srvloc",
    "SNMPv1": "snmp",
    "SNMPv3": "snmp",
    "SQL Server": "data",
    "SSDP": "ssdp",
    "STUN": "stun",
    "WDB": "data",
    "XDMCP": "xdmcp",
    "mDNS": "mdns",
    "memcached": "memcache",
}
"""What tshark calls them; it does not know SQL Server's browser and the number of VxWorks' RPC program."""
ALIKE = ("-d", "udp.port==6881,bt-dht", "-d", "udp.port==4433,dtls", "-d", "udp.port==853,quic")
"""Ports of which tshark does not know whose they are."""
LINK = Ether(src="00:00:5e:00:53:02", dst="00:00:5e:00:53:01")
COMPLAINT = ("_ws.malformed", "_ws.expert.message")
SAID = {"SSDP": r"M-SEARCH * HTTP/1.1\r\n", "QUIC": "Decryption failed: Decryption (checktag) failed: Checksum error"}
"""What tshark remarks all the same: the request, and that it has no keys of a version that nobody has."""


def test_no_port_has_more_questions_than_silence_is_asked():
    assert max(Counter(port for one in payloads() for port in one.ports).values()) == 2
    assert [one.name for one in payloads_for(range(1 << 16))] == [one.name for one in payloads()]
    assert sorted({one.name for one in payloads()}) == sorted(TAKEN_FOR)


@pytest.mark.referee
@pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark")
def test_tshark_takes_each_for_its_protocol(tmp_path):
    asked = [(one, port) for one in payloads() for port in one.ports]
    frames = [
        LINK / IP(src="192.0.2.10", dst="192.0.2.20") / UDP(sport=61001 + row, dport=port) / one.content
        for row, (one, port) in enumerate(asked)
    ]
    wrpcap(str(tmp_path / "asked.pcap"), frames)
    fields = [word for name in ("frame.protocols", *COMPLAINT) for word in ("-e", name)]
    command = ["tshark", "-n", "-r", tmp_path / "asked.pcap", *ALIKE, "-T", "fields", *fields]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    told = [(one.name, port, line.split("\t")) for (one, port), line in zip(asked, lines, strict=True)]
    assert [(name, port, found) for name, port, found in told if found[1:] != ["", SAID.get(name, "")]] == []
    taken = {(name, port): found[0].removeprefix("eth:ethertype:ip:udp:") for name, port, found in told}
    assert taken == {(one.name, port): TAKEN_FOR[one.name] for one, port in asked}
