"""Messages that are read in what TCP and UDP carry: DNS, DHCP and NTP; what else there is, is payload.

A message is tried first (`notes[TRIES]`): what only looks like one is payload as well.
"""

from __future__ import annotations

from typing import Final

from rawkit.facts import applications, dhcp, dns, ip_protocols, ntp
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32
from rawkit.rewrite.layout import KEEPS_PAYLOAD, LABEL, REVERSE, TRIES
from rawkit.rewrite.note_kernel import IPV4_LEN, IPV6_LEN, MAC_LEN, addresses, ipv4, ipv6, keep, mac, note, reach

FORCE_INLINE: Final = False

BROKEN: Final = -1


def keep_message(data: Ints, notes: Ints, at: int, protocol: int, source: int, destination: int, end: int) -> bool:
    """Takes over what `protocol` carries from `at` on, if it is a message that is read here; whether it is."""
    is_dns = is_dns_port(source) or is_dns_port(destination)
    if protocol == ip_protocols.TCP:
        return is_dns and keep_dns_stream(data, notes, at, end)
    if is_dns:
        return keep_dns(data, notes, at, end)
    low = min(source, destination)
    if low == applications.DHCP_SERVER or low == applications.DHCP_CLIENT:
        return keep_dhcp(data, notes, at, end)
    if source == applications.NTP or destination == applications.NTP:
        return keep_ntp(data, notes, at, end)
    return False


def is_dns_port(port: int) -> bool:
    return port in (applications.DNS, applications.MDNS, applications.LLMNR)


def keep_dns_stream(data: Ints, notes: Ints, at: int, end: int) -> bool:
    """Whole messages, each behind its length, from the beginning of a segment on (RFC 1035, section 4.2.2)."""
    found = False
    while at + applications.DNS_LENGTH_LEN + dns.HEADER_LEN <= end:
        begin = at + applications.DNS_LENGTH_LEN
        last = begin + u16(data, at)
        if last > end or not keep_dns(data, notes, begin, last):
            break
        keep(notes, at, applications.DNS_LENGTH_LEN, end)
        found = True
        at = last
    return found


def keep_dns(data: Ints, notes: Ints, at: int, end: int) -> bool:
    if at + dns.HEADER_LEN > end:
        return False
    notes[TRIES] = 1
    behind = walk_dns(data, notes, at, end)
    notes[TRIES] = 0
    if behind == BROKEN:
        return False
    walk_dns(data, notes, at, end)
    return True


def walk_dns(data: Ints, notes: Ints, at: int, end: int) -> int:
    """Goes through a message; returns where it ends, `end` where it is cut, BROKEN where it is none."""
    questions = u16(data, at + dns.QUESTIONS)
    records = u16(data, at + dns.ANSWERS) + u16(data, at + dns.AUTHORITIES) + u16(data, at + dns.ADDITIONALS)
    keep(notes, at, dns.HEADER_LEN, end)
    at += dns.HEADER_LEN
    for number in range(questions + records):
        if at >= end:
            break
        at = walk_name(data, notes, at, end)
        if at == BROKEN:
            return BROKEN
        if number < questions:
            keep(notes, at, dns.QUESTION_LEN, end)
            at += dns.QUESTION_LEN
            continue
        if at + dns.RECORD_LEN > end:
            keep(notes, at, dns.RECORD_LEN, end)
            return end
        keep(notes, at, dns.RECORD_LEN, end)
        kind = u16(data, at + dns.RECORD_TYPE)
        size = u16(data, at + dns.RECORD_LENGTH)
        at += dns.RECORD_LEN
        if walk_record(data, notes, at, kind, size, min(at + size, end)) == BROKEN:
            return BROKEN
        at += size
        reach(notes, min(at, end))
    return min(at, end)


def walk_record(data: Ints, notes: Ints, at: int, kind: int, size: int, end: int) -> int:
    """The data of a record: addresses and names; of other types there is nothing but zeros."""
    if kind == dns.A and size == IPV4_LEN:
        ipv4(notes, at, end)
    elif kind == dns.AAAA and size == IPV6_LEN:
        ipv6(notes, at, end)
    elif kind in (dns.NS, dns.CNAME, dns.PTR, dns.DNAME):
        return walk_name(data, notes, at, end)
    elif kind == dns.MX or kind == dns.SRV:
        front = dns.MX_NAME if kind == dns.MX else dns.SRV_NAME
        keep(notes, at, front, end)
        return walk_name(data, notes, at + front, end)
    elif kind == dns.SOA:
        for _ in range(2):
            at = walk_name(data, notes, at, end)
            if at == BROKEN:
                return BROKEN
        keep(notes, at, dns.SOA_NUMBERS, end)
    elif kind == dns.TXT or kind == dns.HINFO:
        while at < end:  # strings, each behind its length
            keep(notes, at, 1, end)
            at += 1 + u8(data, at)
    elif notes[KEEPS_PAYLOAD]:
        keep(notes, at, size, end)
    return end


def walk_name(data: Ints, notes: Ints, at: int, end: int) -> int:
    """The labels of a name up to its end or to a pointer; returns what is behind, BROKEN for no name."""
    begin = at
    while at < end:
        size = u8(data, at)
        if size == 0:
            keep(notes, at, 1, end)
            return at + 1
        if size >= dns.POINTER:
            keep(notes, at, dns.POINTER_LEN, end)
            return min(at + dns.POINTER_LEN, end)
        if size > dns.LABEL_MAX:
            return BROKEN
        if at == begin and is_reverse(data, at, end):
            for label in range(at, at + dns.REVERSE_LABELS * 2, 2):
                keep(notes, label, 1, end)
            note(notes, REVERSE, at, dns.REVERSE_LABELS * 2, end, dns.REVERSE_LABELS * 2)
            at += dns.REVERSE_LABELS * 2
            continue
        keep(notes, at, 1, end)
        if is_infrastructure(data, at, size, end):
            keep(notes, at + 1, size, end)
        else:
            note(notes, LABEL, at + 1, size, end, size)
        at += 1 + size
    return end


def is_reverse(data: Ints, at: int, end: int) -> bool:
    """Whether 32 labels of a hexadecimal digit each begin here: an address under ip6.arpa (RFC 3596)."""
    if at + dns.REVERSE_LABELS * 2 > end:
        return False
    for label in range(at, at + dns.REVERSE_LABELS * 2, 2):
        if u8(data, label) != 1 or not is_hexadecimal(data[label + 1] + 0):
            return False
    return True


def is_hexadecimal(letter: int) -> bool:
    return 48 <= letter <= 57 or 97 <= (letter | 32) <= 102


def is_infrastructure(data: Ints, at: int, size: int, end: int) -> bool:
    """Whether the label is one of arpa, ip6 and in-addr, which say of a name that it is an address."""
    if at + dns.LABEL_TEXT + size > end:
        return False
    word = u32(data, at + dns.LABEL_TEXT) if size >= 4 else u32(data, at)
    if size == 4:
        return word | LOWER == ARPA
    if size == 3:
        return word | LOWER_3 == IP6
    return size == 7 and word | LOWER == IN_ADDR and u32(data, at + size - 3) | LOWER == ADDR


LOWER: Final = 0x20202020
LOWER_3: Final = 0x00202020
ARPA: Final = 0x61727061
IP6: Final = 0x03697036
IN_ADDR: Final = 0x696E2D61
ADDR: Final = 0x61646472


def keep_dhcp(data: Ints, notes: Ints, at: int, end: int) -> bool:
    """Numbers and addresses; names, identifiers and what else clients say of themselves are left out."""
    if at + dhcp.OPTIONS > end or u32(data, at + dhcp.COOKIE) != dhcp.MAGIC:
        return False
    keep(notes, at, dhcp.CLIENT_IP, end)
    addresses(notes, 4, at + dhcp.CLIENT_IP, 4, end)
    if u8(data, at + dhcp.HARDWARE_LENGTH) == MAC_LEN:
        mac(notes, at + dhcp.CLIENT_MAC, end)
    keep(notes, at + dhcp.COOKIE, dhcp.OPTIONS - dhcp.COOKIE, end)
    at += dhcp.OPTIONS
    while at < end:
        kind = u8(data, at)
        if kind == dhcp.PAD or kind == dhcp.END:
            keep(notes, at, 1, end)
            at += 1
            continue
        size = u8(data, at + dhcp.OPTION_LENGTH) if at + dhcp.OPTION_LENGTH < end else 0
        keep(notes, at, dhcp.OPTION_HEADER_LEN, end)
        at += dhcp.OPTION_HEADER_LEN
        if kind in (
            dhcp.SUBNET_MASK, dhcp.LEASE_TIME, dhcp.MESSAGE_TYPE, dhcp.PARAMETERS, dhcp.MESSAGE_SIZE,
            dhcp.RENEWAL_TIME, dhcp.REBINDING_TIME,
        ):  # fmt: skip
            keep(notes, at, size, end)
        elif kind in (dhcp.ROUTER, dhcp.NAME_SERVER, dhcp.BROADCAST, dhcp.REQUESTED_IP, dhcp.SERVER):
            addresses(notes, 4, at, size // IPV4_LEN, min(at + size, end))
        at += size
    reach(notes, end)
    return True


def keep_ntp(data: Ints, notes: Ints, at: int, end: int) -> bool:
    """All but the reference, which may be an address."""
    if at + ntp.HEADER_LEN > end or not 1 <= u8(data, at) // 8 % 8 <= ntp.VERSION_MAX:
        return False
    keep(notes, at, ntp.REFERENCE_ID, end)
    keep(notes, at + ntp.TIMES, ntp.HEADER_LEN - ntp.TIMES, end)
    return True
