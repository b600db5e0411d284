"""Which packets count although their checksums are wrong.

A receiver drops them, so as a rule they change nothing. But a capture may hold packets before a card filled their
checksums in, and an edited one (other addresses, without the sums mended) has hardly any right ones. So a batch that
has wrong ones is looked through as a whole: its packets are sorted into flows and directions, and a wrong one counts

- where wrong ones are the rule in its direction: all, or nearly, and either many or no exception in the capture; or
- where the peer acknowledges its payload, and the same payload did not come again with a right sum before.
"""

from __future__ import annotations

from typing import Final

from rawkit.decode.layout import PAYLOAD, PROTOCOL, TRANSPORT, WIRE_END
from rawkit.decode.layout import WIDTH as PACKET_WIDTH
from rawkit.facts import ip_protocols, tcp, udp
from rawkit.flow.layout import (
    BAD_CHECKSUMS,
    CONNECTION,
    COUNTED_CHECKSUMS,
    KEY_SIDE,
    KEY_WIDTH,
    PACKETS,
    SEED,
    SUMS_COUNTED,
    SUMS_FILLED_IN_LATER,
    SUMS_RIGHT,
    SUMS_WRONG,
    WIDTH,
)
from rawkit.flow.row_kernel import side_of
from rawkit.flow.table.key_kernel import make_key
from rawkit.flow.table.table_kernel import find, key_hash
from rawkit.flow.tcp.analysis_kernel import difference
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32
from rawkit.wire.sum_kernel import COUNTED, WRONG

FORCE_INLINE: Final = True

MANY = 3  # wrong ones in a direction: a link that damages packets hardly damages all of them
NEARLY = 8  # wrong ones for each other
NO_EXCEPTION = 4  # wrong ones are no exception in a capture where every fourth is one
STEPS = 64  # packets of its flow behind a segment among which its acknowledgement is looked for

# Columns of a group: a flow of the batch. Its key comes first.
WRONG_SUMS = KEY_WIDTH  # of side A, and of side B behind it
OTHER_SUMS = KEY_WIDTH + 2  # the same of packets whose sums are not wrong
NEWEST = KEY_WIDTH + 4  # the packet of the group that was found last
GROUP_WIDTH = KEY_WIDTH + 5


def trust(
    data: Ints,
    offset: Ints,
    rows: Ints,
    sums: Ints,
    key: Ints,
    slots: Ints,
    flows: Ints,
    tracker: Ints,
    places: Ints,
    groups: Ints,
    group_of: Ints,
    following: Ints,
) -> None:
    """Writes COUNTED into `sums` where a packet counts although its sum is WRONG.

    `places` is an index of groups, twice as long as the batch or longer, a power of two, all 0; `groups` has room for
    as many groups as the batch has packets; `group_of` is `group << 1 | side` of each packet, `following` the next
    packet of the same group: both begin as -1.
    """
    sort_out(data, offset, rows, sums, key, slots, flows, tracker, places, groups, group_of, following)
    for i in range(len(sums)):
        if sums[i] == WRONG and group_of[i] >= 0:
            side = group_of[i] & 1
            group = (group_of[i] >> 1) * GROUP_WIDTH
            if is_rule(groups, group, side, tracker) or is_acknowledged(
                data, offset, rows, sums, group_of, following, i
            ):
                sums[i] = COUNTED
                tracker[SUMS_COUNTED] += 1
                others = groups[group + OTHER_SUMS + 1 - side] > groups[group + WRONG_SUMS + 1 - side]
                if others or stored_sum(data, offset[i], rows, i * PACKET_WIDTH) == 0:
                    tracker[SUMS_FILLED_IN_LATER] += 1


def sort_out(
    data: Ints,
    offset: Ints,
    rows: Ints,
    sums: Ints,
    key: Ints,
    slots: Ints,
    flows: Ints,
    tracker: Ints,
    places: Ints,
    groups: Ints,
    group_of: Ints,
    following: Ints,
) -> None:
    """Sorts the packets into groups, each linked to the next of its group, and counts their sums."""
    count = 0
    for i in range(len(sums)):
        row = i * PACKET_WIDTH
        if rows[row + PAYLOAD] < 0 or rows[row + PROTOCOL] not in (ip_protocols.TCP, ip_protocols.UDP):
            continue
        if not make_key(data, offset[i], rows, row, key):
            continue
        value = key_hash(key, tracker[SEED])
        place = group_place(key, value, places, groups)
        if places[place] == 0:
            new_group(key, value, groups, count, slots, flows)
            count += 1
            places[place] = value << 32 | count
        group = ((places[place] & 0xFFFFFFFF) - 1) * GROUP_WIDTH
        is_wrong = sums[i] == WRONG
        groups[group + (WRONG_SUMS if is_wrong else OTHER_SUMS) + key[KEY_SIDE]] += 1
        tracker[SUMS_WRONG if is_wrong else SUMS_RIGHT] += 1
        group_of[i] = group // GROUP_WIDTH << 1 | key[KEY_SIDE]
        if groups[group + NEWEST] >= 0:
            following[groups[group + NEWEST]] = i
        groups[group + NEWEST] = i


def group_place(key: Ints, value: int, places: Ints, groups: Ints) -> int:
    """The place of the key's group in the index, or the free one where it belongs."""
    mask = len(places) - 1
    place = value & mask
    while places[place] != 0:
        group = ((places[place] & 0xFFFFFFFF) - 1) * GROUP_WIDTH
        if places[place] >> 32 == value and has_key(key, groups, group):
            return place
        place = (place + 1) & mask
    return place


def has_key(key: Ints, groups: Ints, group: int) -> bool:
    for column in range(KEY_WIDTH):
        if key[column] != groups[group + column]:
            return False
    return True


def new_group(key: Ints, value: int, groups: Ints, number: int, slots: Ints, flows: Ints) -> None:
    """A group begins with what the flow has seen in batches before."""
    group = number * GROUP_WIDTH
    for column in range(KEY_WIDTH):
        groups[group + column] = key[column]
    groups[group + NEWEST] = -1
    flow = find(key, value, slots, flows)
    for side in range(2):
        groups[group + WRONG_SUMS + side] = 0
        groups[group + OTHER_SUMS + side] = 0
        if flow >= 0 and flows[flow * WIDTH + CONNECTION]:
            place = side_of(flow * WIDTH, side)
            wrong = flows[place + BAD_CHECKSUMS] + flows[place + COUNTED_CHECKSUMS]
            groups[group + WRONG_SUMS + side] = wrong
            groups[group + OTHER_SUMS + side] = flows[place + PACKETS] - wrong


def is_rule(groups: Ints, group: int, side: int, tracker: Ints) -> bool:
    wrong = groups[group + WRONG_SUMS + side]
    if wrong <= NEARLY * groups[group + OTHER_SUMS + side]:
        return False
    return wrong >= MANY or NO_EXCEPTION * tracker[SUMS_WRONG] >= tracker[SUMS_WRONG] + tracker[SUMS_RIGHT]


def is_acknowledged(data: Ints, offset: Ints, rows: Ints, sums: Ints, group_of: Ints, following: Ints, i: int) -> bool:
    """Whether the peer acknowledges a segment's payload, SYN or FIN before it comes again, not wrong."""
    row = i * PACKET_WIDTH
    if rows[row + PROTOCOL] != ip_protocols.TCP:
        return False
    first = u32(data, offset[i] + rows[row + TRANSPORT] + tcp.SEQUENCE)
    size = used(data, offset[i], rows, row)
    j = following[i]
    for _ in range(STEPS):
        if size == 0 or j < 0:
            return False
        place = offset[j] + rows[j * PACKET_WIDTH + TRANSPORT]
        if sums[j] != WRONG and group_of[j] == group_of[i]:
            begin = difference(first, u32(data, place + tcp.SEQUENCE))
            if begin >= 0 and begin + size <= used(data, offset[j], rows, j * PACKET_WIDTH):
                return False
        elif sums[j] != WRONG and u8(data, place + tcp.FLAGS) & tcp.ACK:
            if difference(u32(data, place + tcp.ACKNOWLEDGMENT), first + size) >= 0:
                return True
        j = following[j]
    return False


def used(data: Ints, start: int, rows: Ints, row: int) -> int:
    """Sequence numbers that a segment uses."""
    flags = u8(data, start + rows[row + TRANSPORT] + tcp.FLAGS)
    size = rows[row + WIRE_END] - rows[row + PAYLOAD]
    return size + (flags & tcp.SYN != 0) + (flags & tcp.FIN != 0)


def stored_sum(data: Ints, start: int, rows: Ints, row: int) -> int:
    place = start + rows[row + TRANSPORT]
    return u16(data, place + (tcp.CHECKSUM if rows[row + PROTOCOL] == ip_protocols.TCP else udp.CHECKSUM))
