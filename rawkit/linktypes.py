"""LINKTYPE numbers: how the first byte of a frame is to be read.

Numbers and names are those of https://www.tcpdump.org/linktypes.html, which capture files carry.
"""

from __future__ import annotations

from typing import Final

NULL: Final = 0
ETHERNET: Final = 1
TOKEN_RING: Final = 6
PPP: Final = 9
FDDI: Final = 10
ATM_RFC1483: Final = 100
RAW: Final = 101
PPP_HDLC: Final = 50
PPP_ETHER: Final = 51
C_HDLC: Final = 104
IEEE802_11: Final = 105
FRELAY: Final = 107
LOOP: Final = 108
LINUX_SLL: Final = 113
PFLOG: Final = 117
IEEE802_11_PRISM: Final = 119
IEEE802_11_RADIOTAP: Final = 127
IEEE802_11_AVS: Final = 163
PPI: Final = 192
IPV4: Final = 228
IPV6: Final = 229
ARCNET_LINUX: Final = 129
IPNET: Final = 226
NFLOG: Final = 239
IPOIB: Final = 242
LINUX_SLL2: Final = 276

BARE: Final = frozenset({RAW, IPV4, IPV6})
"""Those of IP packets without a link header."""

DLT_RAW: Final = 12
DLT_RAW_OPENBSD: Final = 14
"""DLT_RAW's values on the systems that write them into files in place of LINKTYPE_RAW."""

NAMES: Final = {
    NULL: "NULL",
    ETHERNET: "ETHERNET",
    TOKEN_RING: "IEEE802_5",
    PPP: "PPP",
    FDDI: "FDDI",
    ATM_RFC1483: "ATM_RFC1483",
    RAW: "RAW",
    PPP_HDLC: "PPP_HDLC",
    PPP_ETHER: "PPP_ETHER",
    C_HDLC: "C_HDLC",
    IEEE802_11: "IEEE802_11",
    FRELAY: "FRELAY",
    LOOP: "LOOP",
    LINUX_SLL: "LINUX_SLL",
    PFLOG: "PFLOG",
    IEEE802_11_PRISM: "IEEE802_11_PRISM",
    IEEE802_11_RADIOTAP: "IEEE802_11_RADIOTAP",
    IEEE802_11_AVS: "IEEE802_11_AVS",
    PPI: "PPI",
    IPV4: "IPV4",
    IPV6: "IPV6",
    ARCNET_LINUX: "ARCNET_LINUX",
    IPNET: "IPNET",
    NFLOG: "NFLOG",
    IPOIB: "IPOIB",
    LINUX_SLL2: "LINUX_SLL2",
}


OTHER_NAMES: Final = {
    7: "ARCNET_BSD",
    8: "SLIP",
    99: "SYMANTEC_FIREWALL",
    102: "SLIP_BSDOS",
    103: "PPP_BSDOS",
    106: "ATM_CLIP",
    109: "ENC",
    114: "LTALK",
    122: "IP_OVER_FC",
    123: "SUNATM",
    130: "JUNIPER_MLPPP",
    131: "JUNIPER_MLFR",
    132: "JUNIPER_ES",
    133: "JUNIPER_GGSN",
    134: "JUNIPER_MFR",
    135: "JUNIPER_ATM2",
    136: "JUNIPER_SERVICES",
    137: "JUNIPER_ATM1",
    138: "APPLE_IP_OVER_IEEE1394",
    139: "MTP2_WITH_PHDR",
    140: "MTP2",
    141: "MTP3",
    142: "SCCP",
    143: "DOCSIS",
    144: "LINUX_IRDA",
    164: "JUNIPER_MONITOR",
    165: "BACNET_MS_TP",
    166: "PPP_PPPD",
    167: "JUNIPER_PPPOE",
    168: "JUNIPER_PPPOE_ATM",
    169: "GPRS_LLC",
    170: "GPF_T",
    171: "GPF_F",
    174: "JUNIPER_PIC_PEER",
    175: "ERF_ETH",
    176: "ERF_POS",
    177: "LINUX_LAPD",
    178: "JUNIPER_ETHER",
    179: "JUNIPER_PPP",
    180: "JUNIPER_FRELAY",
    181: "JUNIPER_CHDLC",
    182: "MFR",
    183: "JUNIPER_VP",
    184: "A429",
    185: "A653_ICM",
    186: "USB_FREEBSD",
    187: "BLUETOOTH_HCI_H4",
    188: "IEEE802_16_MAC_CPS",
    189: "USB_LINUX",
    190: "CAN20B",
    191: "IEEE802_15_4_LINUX",
    193: "IEEE802_16_MAC_CPS_RADIO",
    194: "JUNIPER_ISM",
    195: "IEEE802_15_4_WITHFCS",
    196: "SITA",
    197: "ERF",
    198: "RAIF1",
    199: "IPMB_KONTRON",
    200: "JUNIPER_ST",
    201: "BLUETOOTH_HCI_H4_WITH_PHDR",
    202: "AX25_KISS",
    209: "IPMB_LINUX",
    215: "IEEE802_15_4_NONASK_PHY",
    216: "LINUX_EVDEV",
    219: "MPLS",
    220: "USB_LINUX_MMAPPED",
    221: "DECT",
    222: "AOS",
    223: "WIHART",
    224: "FC_2",
    225: "FC_2_WITH_FRAME_DELIMS",
    227: "CAN_SOCKETCAN",
    230: "IEEE802_15_4_NOFCS",
    231: "DBUS",
    232: "JUNIPER_VS",
    233: "JUNIPER_SRX_E2E",
    234: "JUNIPER_FIBRECHANNEL",
    235: "DVB_CI",
    236: "MUX27010",
    237: "STANAG_5066_D_PDU",
    238: "JUNIPER_ATM_CEMIC",
    240: "NETANALYZER",
    241: "NETANALYZER_TRANSPARENT",
    243: "MPEG_2_TS",
    244: "NG40",
    245: "NFC_LLCP",
    246: "PFSYNC",
    247: "INFINIBAND",
    248: "SCTP",
    249: "USBPCAP",
    250: "RTAC_SERIAL",
    251: "BLUETOOTH_LE_LL",
    253: "NETLINK",
    254: "BLUETOOTH_LINUX_MONITOR",
    255: "BLUETOOTH_BREDR_BB",
    256: "BLUETOOTH_LE_LL_WITH_PHDR",
    257: "PROFIBUS_DL",
    258: "PKTAP",
    259: "EPON",
    260: "IPMI_HPM_2",
    261: "ZWAVE_R1_R2",
    262: "ZWAVE_R3",
    263: "WATTSTOPPER_DLM",
    264: "ISO_14443",
    265: "RDS",
    266: "USB_DARWIN",
    267: "OPENFLOW",
    268: "SDLC",
    269: "TI_LLN_SNIFFER",
    271: "VSOCK",
    272: "NORDIC_BLE",
    273: "DOCSIS31_XRA31",
    274: "ETHERNET_MPACKET",
    275: "DISPLAYPORT_AUX",
    278: "OPENVIZSLA",
    279: "EBHSCR",
    280: "VPP_DISPATCH",
    281: "DSA_TAG_BRCM",
    282: "DSA_TAG_BRCM_PREPEND",
    283: "IEEE802_15_4_TAP",
    284: "DSA_TAG_DSA",
    285: "DSA_TAG_EDSA",
    286: "ELEE",
    287: "Z_WAVE_SERIAL",
    288: "USB_2_0",
    289: "ATSC_ALP",
}  # fmt: skip
"""Those that rawkit does not decode."""


def name(link_type: int) -> str:
    """The name of a LINKTYPE number, or `LINKTYPE 147` for one that has none.

    >>> name(1), name(220), name(147)
    ('ETHERNET', 'USB_LINUX_MMAPPED', 'LINKTYPE 147')
    """
    return NAMES.get(link_type) or OTHER_NAMES.get(link_type) or f"LINKTYPE {link_type}"
