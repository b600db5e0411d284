"""The registry of layers: what each is called, which function reads its header, and what leads to it.

The kernels that look a layer up and step from one to the next follow from it (`scripts/generate`). A new layer is a
number in `rawkit.decode.layout`, a function in one of the kernels, a line in `LAYERS`, and a line in `ENTRIES`:

    Layer(layout.VXLAN, "vxlan", "tunnel", "vxlan"),
    Entry("udp port", vxlan.PORT, layout.VXLAN, enters=True, mask=vxlan.VNI_IS_VALID, value=vxlan.VNI_IS_VALID),

tests/decode fails until the layer has a frame there.
"""

from __future__ import annotations

from typing import Final, Literal

from rawkit import linktypes
from rawkit.decode import layout
from rawkit.facts import (
    arcnet,
    ayiya,
    capwap,
    ethertypes,
    frame_relay,
    geneve,
    gre,
    gtp,
    ip_protocols,
    l2tp,
    mpls,
    null,
    pim,
    ppp,
    teredo,
    vxlan,
)
from rawkit.values import dataclass

Room = Literal["link", "network", "transport", "tunnel", "wlan"]
Parent = Literal[
    "link type", "bsd family", "ethertype", "llc", "ppp protocol", "nlpid", "arcnet protocol", "ip protocol",
    "ipv6 extension", "gre protocol", "pim type", "udp port",
]  # fmt: skip
"""What a key is a number of."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A header that the decoder reads.

    Attributes:
        number: its constant in `rawkit.decode.layout`.
        name: what `stop.layer` calls it: Wireshark's name.
        room: the kernel that its function stands in (`link`: `rawkit/decode/headers/link_kernel.py`).
        function: reads one header, and gives the next layer and its place.
    """

    number: int
    name: str
    room: Room
    function: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What leads to a layer.

    Attributes:
        parent: whose number the key is.
        key: the number.
        layer: what follows; several keys of one layer stand together.
        enters: whether a tunnel begins: one more deep, and fragments of it are left alone.
        both_ways: of a UDP port, whether it may be the source's too.
        mask: of a tunnel in UDP, which bits of its first 16 tell that it is one.
        value: what they are then.
    """

    parent: Parent
    key: int
    layer: int
    enters: bool = False
    both_ways: bool = False
    mask: int = 0
    value: int = 0


LAYERS: Final = (
    Layer(layout.ETHERNET, "eth", "link", "ethernet"),
    Layer(layout.IPV4, "ip", "network", "ipv4"),
    Layer(layout.TCP, "tcp", "transport", "tcp"),
    Layer(layout.UDP, "udp", "transport", "udp"),
    Layer(layout.UDPLITE, "udplite", "transport", "udp"),
    Layer(layout.IPV6, "ipv6", "network", "ipv6"),
    Layer(layout.IPV6_EXTENSION, "ipv6.nxt", "network", "extension"),
    Layer(layout.ICMP, "icmp", "transport", "icmp"),
    Layer(layout.ICMPV6, "icmpv6", "transport", "icmp"),
    Layer(layout.ARP, "arp", "network", "arp"),
    Layer(layout.VLAN, "vlan", "link", "vlan"),
    Layer(layout.LLC, "llc", "link", "llc"),
    Layer(layout.LINUX_SLL, "sll", "link", "linux_sll"),
    Layer(layout.LINUX_SLL2, "sll2", "link", "linux_sll2"),
    Layer(layout.NULL, "null", "link", "bsd_loopback"),
    Layer(layout.IP, "ip", "link", "raw_ip"),
    Layer(layout.VXLAN, "vxlan", "tunnel", "vxlan"),
    Layer(layout.GRE, "gre", "tunnel", "gre"),
    Layer(layout.MPLS, "mpls", "tunnel", "mpls"),
    Layer(layout.GENEVE, "geneve", "tunnel", "geneve"),
    Layer(layout.GTP, "gtp", "tunnel", "gtp"),
    Layer(layout.L2TP, "l2tp", "tunnel", "l2tp"),
    Layer(layout.PPPOE, "pppoe", "link", "pppoe"),
    Layer(layout.PPP, "ppp", "link", "ppp"),
    Layer(layout.PPP_HDLC, "ppp", "link", "ppp_hdlc"),
    Layer(layout.SCTP, "sctp", "transport", "sctp"),
    Layer(layout.DCCP, "dccp", "transport", "dccp"),
    Layer(layout.IGMP, "igmp", "transport", "igmp"),
    Layer(layout.OSPF, "ospf", "transport", "ospf"),
    Layer(layout.PIM, "pim", "tunnel", "pim"),
    Layer(layout.PIM_REGISTER, "pim", "tunnel", "pim_register"),
    Layer(layout.ERSPAN, "erspan", "tunnel", "erspan"),
    Layer(layout.ERSPAN_III, "erspan", "tunnel", "erspan_iii"),
    Layer(layout.WCCP, "wccp", "tunnel", "wccp"),
    Layer(layout.ETHERIP, "etherip", "tunnel", "etherip"),
    Layer(layout.TEREDO, "teredo", "tunnel", "teredo"),
    Layer(layout.AYIYA, "ayiya", "tunnel", "ayiya"),
    Layer(layout.CAPWAP, "capwap.data", "tunnel", "capwap"),
    Layer(layout.C_HDLC, "chdlc", "link", "cisco_hdlc"),
    Layer(layout.FRELAY, "fr", "link", "frame_relay"),
    Layer(layout.NFLOG, "nflog", "link", "nflog"),
    Layer(layout.IPOIB, "ipoib", "link", "ipoib"),
    Layer(layout.IPNET, "ipnet", "link", "ipnet"),
    Layer(layout.ARCNET, "arcnet", "link", "arcnet"),
    Layer(layout.VNTAG, "vntag", "link", "vntag"),
    Layer(layout.HSR, "hsr", "link", "hsr"),
    Layer(layout.MACSEC, "macsec", "link", "macsec"),
    Layer(layout.PBB, "ieee8021ah", "link", "pbb"),
    Layer(layout.FABRICPATH, "cfp", "link", "fabricpath"),
    Layer(layout.ISL, "isl", "link", "isl"),
    Layer(layout.FDDI, "fddi", "link", "fddi"),
    Layer(layout.RADIOTAP, "radiotap", "wlan", "radiotap"),
    Layer(layout.WLAN, "wlan", "wlan", "wlan"),
    Layer(layout.WLAN_PADDED, "wlan", "wlan", "wlan"),
    Layer(layout.AMSDU, "wlan_aggregate", "wlan", "amsdu"),
    Layer(layout.PRISM, "prism", "wlan", "prism"),
    Layer(layout.AVS, "wlancap", "wlan", "avs"),
    Layer(layout.PPI, "ppi", "wlan", "ppi"),
)
"""In the order in which the decoder asks: common ones first. Two layers of one function stand together."""

LAYER_NAMES: Final = {layer.number: layer.name for layer in LAYERS}

LINKS: Final = (
    Entry("link type", linktypes.ETHERNET, layout.ETHERNET),
    Entry("link type", linktypes.LINUX_SLL, layout.LINUX_SLL),
    Entry("link type", linktypes.LINUX_SLL2, layout.LINUX_SLL2),
    Entry("link type", linktypes.RAW, layout.IP),
    Entry("link type", linktypes.IPV4, layout.IP),
    Entry("link type", linktypes.IPV6, layout.IP),
    Entry("link type", linktypes.DLT_RAW, layout.IP),
    Entry("link type", linktypes.DLT_RAW_OPENBSD, layout.IP),
    Entry("link type", linktypes.NULL, layout.NULL),
    Entry("link type", linktypes.LOOP, layout.NULL),
    Entry("link type", linktypes.PPP, layout.PPP_HDLC),
    Entry("link type", linktypes.PPP_HDLC, layout.PPP_HDLC),
    Entry("link type", linktypes.PPP_ETHER, layout.PPPOE),
    Entry("link type", linktypes.C_HDLC, layout.C_HDLC),
    Entry("link type", linktypes.FRELAY, layout.FRELAY),
    Entry("link type", linktypes.NFLOG, layout.NFLOG),
    Entry("link type", linktypes.IPOIB, layout.IPOIB),
    Entry("link type", linktypes.IPNET, layout.IPNET),
    Entry("link type", linktypes.ARCNET_LINUX, layout.ARCNET),
    Entry("link type", linktypes.IEEE802_11_RADIOTAP, layout.RADIOTAP),
    Entry("link type", linktypes.IEEE802_11, layout.WLAN),
    Entry("link type", linktypes.IEEE802_11_PRISM, layout.PRISM),
    Entry("link type", linktypes.IEEE802_11_AVS, layout.AVS),
    Entry("link type", linktypes.PPI, layout.PPI),
    Entry("link type", linktypes.FDDI, layout.FDDI),
    Entry("bsd family", null.AF_INET, layout.IP),
    Entry("bsd family", null.AF_INET6_LINUX, layout.IP),
    Entry("bsd family", null.AF_INET6_NETBSD, layout.IP),
    Entry("bsd family", null.AF_INET6_FREEBSD, layout.IP),
    Entry("bsd family", null.AF_INET6_DARWIN, layout.IP),
    Entry("ethertype", ethertypes.IPV4, layout.IPV4),
    Entry("ethertype", ethertypes.IPV6, layout.IPV6),
    Entry("ethertype", ethertypes.ARP, layout.ARP),
    Entry("ethertype", ethertypes.VLAN, layout.VLAN),
    Entry("ethertype", ethertypes.SERVICE_VLAN, layout.VLAN),
    Entry("ethertype", ethertypes.OLD_SERVICE_VLAN, layout.VLAN),
    Entry("ethertype", ethertypes.OLDER_SERVICE_VLAN, layout.VLAN),
    Entry("ethertype", ethertypes.MPLS, layout.MPLS),
    Entry("ethertype", ethertypes.MPLS_MULTICAST, layout.MPLS),
    Entry("ethertype", ethertypes.PPPOE_DISCOVERY, layout.PPPOE),
    Entry("ethertype", ethertypes.PPPOE_SESSION, layout.PPPOE),
    Entry("ethertype", ethertypes.TRANSPARENT_ETHERNET, layout.ETHERNET),
    Entry("ethertype", ethertypes.PPP, layout.PPP),
    Entry("ethertype", ethertypes.VNTAG, layout.VNTAG),
    Entry("ethertype", ethertypes.HSR, layout.HSR),
    Entry("ethertype", ethertypes.MACSEC, layout.MACSEC),
    Entry("ethertype", ethertypes.PROVIDER_BACKBONE, layout.PBB),
    Entry("ethertype", ethertypes.FABRICPATH, layout.FABRICPATH),
    Entry("llc", 0x0606, layout.IPV4),  # both access points, RFC 1042
    Entry("ppp protocol", ppp.IPV4, layout.IPV4),
    Entry("ppp protocol", ppp.IPV6, layout.IPV6),
    Entry("ppp protocol", ppp.MPLS, layout.MPLS),
    Entry("ppp protocol", ppp.MPLS_MULTICAST, layout.MPLS),
    Entry("nlpid", frame_relay.NLPID_IPV4, layout.IPV4),
    Entry("nlpid", frame_relay.NLPID_IPV6, layout.IPV6),
    Entry("arcnet protocol", arcnet.IPV4, layout.IPV4),
    Entry("arcnet protocol", arcnet.OLD_IPV4, layout.IPV4),
    Entry("arcnet protocol", arcnet.ARP, layout.ARP),
    Entry("arcnet protocol", arcnet.OLD_ARP, layout.ARP),
)

PROTOCOLS: Final = (
    Entry("ip protocol", ip_protocols.TCP, layout.TCP),
    Entry("ip protocol", ip_protocols.UDP, layout.UDP),
    Entry("ip protocol", ip_protocols.ICMP, layout.ICMP),
    Entry("ip protocol", ip_protocols.ICMPV6, layout.ICMPV6),
    Entry("ip protocol", ip_protocols.AH, layout.IPV6_EXTENSION),
    Entry("ip protocol", ip_protocols.IGMP, layout.IGMP),
    Entry("ip protocol", ip_protocols.IPIP, layout.IPV4, enters=True),
    Entry("ip protocol", ip_protocols.IPV6, layout.IPV6, enters=True),
    Entry("ip protocol", ip_protocols.GRE, layout.GRE, enters=True),
    Entry("ip protocol", ip_protocols.DCCP, layout.DCCP),
    Entry("ip protocol", ip_protocols.OSPF, layout.OSPF),
    Entry("ip protocol", ip_protocols.ETHERIP, layout.ETHERIP, enters=True),
    Entry("ip protocol", ip_protocols.PIM, layout.PIM),
    Entry("ip protocol", ip_protocols.SCTP, layout.SCTP),
    Entry("ip protocol", ip_protocols.UDPLITE, layout.UDPLITE),
    Entry("ip protocol", ip_protocols.MPLS, layout.MPLS, enters=True),
    Entry("ip protocol", ip_protocols.ETHERNET, layout.ETHERNET, enters=True),
    Entry("ipv6 extension", ip_protocols.HOP_BY_HOP, layout.IPV6_EXTENSION),
    Entry("ipv6 extension", ip_protocols.ROUTING, layout.IPV6_EXTENSION),
    Entry("ipv6 extension", ip_protocols.FRAGMENT, layout.IPV6_EXTENSION),
    Entry("ipv6 extension", ip_protocols.DESTINATION_OPTIONS, layout.IPV6_EXTENSION),
    Entry("ipv6 extension", ip_protocols.MOBILITY, layout.IPV6_EXTENSION),  # RFC 6275
    Entry("ipv6 extension", ip_protocols.HIP, layout.IPV6_EXTENSION),  # RFC 7401
    Entry("ipv6 extension", ip_protocols.SHIM6, layout.IPV6_EXTENSION),  # RFC 5533
)

TUNNELS: Final = (
    Entry("gre protocol", gre.ERSPAN, layout.ERSPAN, enters=True),
    Entry("gre protocol", gre.ERSPAN_III, layout.ERSPAN_III, enters=True),
    Entry("gre protocol", gre.WCCP, layout.WCCP, enters=True),
    *(
        Entry("gre protocol", number, layout.WLAN)
        for number in range(gre.ARUBA_FIRST, gre.ARUBA_LAST + 1, gre.ARUBA_STEP)
    ),
    Entry("pim type", pim.REGISTER, layout.PIM_REGISTER, enters=True),
    # RFC 7348: the flag that says that the network's number is valid
    Entry("udp port", vxlan.PORT, layout.VXLAN, enters=True, mask=vxlan.VNI_IS_VALID, value=vxlan.VNI_IS_VALID),
    Entry(
        "udp port", geneve.PORT, layout.GENEVE, enters=True, mask=geneve.VERSION_MASK, value=0
    ),  # RFC 8926: version 0
    Entry("udp port", mpls.PORT, layout.MPLS, enters=True),  # RFC 7510
    # RFC 8086: GRE version 0, of whose flags checksum, key and sequence number alone are defined
    Entry("udp port", gre.UDP_PORT, layout.GRE, enters=True, mask=0x4FFF, value=0),
    # 3GPP TS 29.281, 5.1: version 1, GTP and not GTP', no reserved bit, a user packet (255)
    Entry("udp port", gtp.PORT, layout.GTP, enters=True, both_ways=True, mask=0xF0FF, value=0x30FF),
    # RFC 2661, 3.1: a data message of version 2
    Entry("udp port", l2tp.PORT, layout.L2TP, enters=True, both_ways=True, mask=0x800F, value=0x0002),
    # these tell by what they carry whether they are there, so that the tunnel begins behind them
    Entry("udp port", teredo.PORT, layout.TEREDO, both_ways=True),
    Entry("udp port", ayiya.PORT, layout.AYIYA, both_ways=True),
    # RFC 5415, 4.1: version 0, and no DTLS behind the preamble
    Entry("udp port", capwap.PORT, layout.CAPWAP, both_ways=True, mask=capwap.PREAMBLE_MASK, value=0),
)

ENTRIES: Final = (*LINKS, *PROTOCOLS, *TUNNELS)
"""In the order in which they are asked for: of each parent the common ones first."""
