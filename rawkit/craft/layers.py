"""Scapy's layers by name, each with the module that it is in, so that only what is named gets imported."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from rawkit.craft.quiet import scapy_module

MODULES: Final = {
    "scapy.packet": "Raw Padding",
    "scapy.layers.l2": "Ether Dot3 LLC SNAP Dot1Q Dot1AD ARP GRE STP CookedLinux CookedLinuxV2 Loopback",
    "scapy.layers.inet": "IP TCP UDP ICMP IPOption_RR IPOption_LSRR IPOption_SSRR IPOption_Router_Alert "
    "IPOption_NOP IPOption_EOL IPOption_Timestamp IPOption_Stream_Id IPerror TCPerror UDPerror ICMPerror",
    "scapy.layers.inet6": "IPv6 IPv6ExtHdrHopByHop IPv6ExtHdrDestOpt IPv6ExtHdrRouting IPv6ExtHdrFragment "
    "IPv6ExtHdrSegmentRouting RouterAlert Jumbo HAO Pad1 PadN "
    "ICMPv6EchoRequest ICMPv6EchoReply ICMPv6DestUnreach ICMPv6PacketTooBig ICMPv6TimeExceeded ICMPv6ParamProblem "
    "ICMPv6MLQuery ICMPv6MLReport ICMPv6MLDone ICMPv6MLReport2 ICMPv6MLQuery2 ICMPv6Unknown IPerror6 "
    "ICMPv6ND_RS ICMPv6ND_RA ICMPv6ND_NS ICMPv6ND_NA ICMPv6ND_Redirect ICMPv6NDOptSrcLLAddr ICMPv6NDOptDstLLAddr "
    "ICMPv6NDOptPrefixInfo ICMPv6NDOptMTU ICMPv6NDOptRDNSS ICMPv6NDOptRouteInfo",
    "scapy.layers.vxlan": "VXLAN",
    "scapy.layers.sctp": "SCTP SCTPChunkData SCTPChunkInit SCTPChunkInitAck SCTPChunkSACK SCTPChunkHeartbeatReq "
    "SCTPChunkHeartbeatAck SCTPChunkAbort SCTPChunkShutdown SCTPChunkShutdownAck SCTPChunkError SCTPChunkCookieEcho "
    "SCTPChunkCookieAck SCTPChunkShutdownComplete",
    "scapy.layers.dns": "DNS DNSQR DNSRR DNSRROPT",
    "scapy.layers.dhcp": "BOOTP DHCP",
    "scapy.layers.ntp": "NTP NTPHeader",
    "scapy.layers.snmp": "SNMP",
    "scapy.layers.rip": "RIP RIPEntry",
    "scapy.layers.tftp": "TFTP TFTP_RRQ TFTP_WRQ",
    "scapy.layers.hsrp": "HSRP",
    "scapy.layers.vrrp": "VRRP VRRPv3",
    "scapy.layers.l2tp": "L2TP",
    "scapy.layers.ppp": "PPP PPPoE PPPoED PPPoETag",
    "scapy.layers.radius": "Radius",
    "scapy.layers.netflow": "NetflowHeader NetflowHeaderV5 NetflowRecordV5",
    "scapy.layers.isakmp": "ISAKMP",
    "scapy.contrib.mpls": "MPLS",
    "scapy.contrib.igmp": "IGMP",
    "scapy.contrib.igmpv3": "IGMPv3 IGMPv3mq IGMPv3mr IGMPv3gr",
    "scapy.contrib.ospf": "OSPF_Hdr OSPF_Hello OSPFv3_Hdr OSPFv3_Hello",
    "scapy.contrib.geneve": "GENEVE",
    "scapy.contrib.lldp": "LLDPDU LLDPDUChassisID LLDPDUPortID LLDPDUTimeToLive LLDPDUEndOfLLDPDU",
    "scapy.contrib.macsec": "MACsec",
    "scapy.contrib.erspan": "ERSPAN",
    "scapy.contrib.nsh": "NSH",
    "scapy.contrib.bfd": "BFD",
}


@cache
def layer_homes() -> dict[str, str]:
    """The module of each layer.

    >>> layer_homes()["TCP"]
    'scapy.layers.inet'
    """
    return {name: module for module, names in MODULES.items() for name in names.split()}


def layer_class(name: str) -> Any:
    """Scapy's class of a layer; raises `KeyError` for a name that is not in the table."""
    return getattr(scapy_module(layer_homes()[name]), name)
