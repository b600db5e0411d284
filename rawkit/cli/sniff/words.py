"""The words behind the options of `rawkit sniff`: capture files, then a filter."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Final

FILTER_WORDS: Final = frozenset(
    """
    src dst inbound outbound ifname iface on rnr rulenum rset ruleset srnr reason action subrulenum host net mask
    port portrange proto protochain gateway type subtype direction dir address1 addr1 address2 addr2 address3 addr3
    address4 addr4 ra ta link ether ppp slip fddi tr wlan arp rarp ip sctp tcp udp icmp igmp igrp pim vrrp carp
    radio ip6 icmp6 ah esp atalk aarp decnet lat sca moprc mopdl iso esis es-is isis is-is l1 l2 iih lsp snp csnp
    psnp clnp stp ipx netbeui vlan mpls pppoed pppoes geneve vxlan lane metac bcc sc ilmic oam oamf4 oamf4ec oamf4sc
    connectmsg metaconnect vpi vci fisu lssu lsu msu hfisu hlssu hmsu sio opc dpc sls hsio hopc hdpc hsls broadcast
    multicast less greater byte len length not and or
    """.split()  # noqa: SIM905 - one could not read the list
)
"""Words that an expression of pcap-filter(7) may begin with or consist of, as libpcap's scanner has them."""

_LOOKS_LIKE_FILE: Final = re.compile(
    r"-|~?\.{0,2}/.*|.*\.(pcap|pcapng|cap|dmp)\d*(\.(gz|zst|xz)\d*)?", re.IGNORECASE | re.DOTALL
)


def files_and_filter(words: Sequence[str]) -> tuple[list[str], str]:
    """The files that stand first, and the filter that the other words are.

    A word is a file where it looks like one, or names one that is there and is no word of filters.

    >>> files_and_filter(["a.pcap", "captures/dns.pcap", "udp", "port", "53"])
    (['a.pcap', 'captures/dns.pcap'], 'udp port 53')
    >>> files_and_filter(["not", "host", "a.pcap"])
    ([], 'not host a.pcap')
    """
    files = list(takewhile(is_file, words))
    return files, " ".join(words[len(files) :])


def is_file(word: str) -> bool:
    """Whether a word in front of the filter is a capture file.

    >>> [is_file(word) for word in ("today.pcapng.gz", "./tcp", "/tmp/x", "tcp", "ip[0] & 0xf", "README.md", "nothing")]
    [True, True, True, False, False, True, False]
    """
    if _LOOKS_LIKE_FILE.fullmatch(word):
        return True
    return word not in FILTER_WORDS and os.path.exists(word) and not os.path.isdir(word)
