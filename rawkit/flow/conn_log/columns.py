"""The columns of conn.log, each declared once: Zeek's, then rawkit's own.

From here follow the order in JSON, CSV, Zeek's log and tables, the kernels that write them, the fields of `FlowRecord`,
and the table in docs/views.md. What of that is text, `scripts/generate` writes.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Final

from rawkit.flow.layout import CONN_STATES, HISTORY_COLUMNS, PARENT_COUNT, PROTOS
from rawkit.values import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """What a column holds.

    Attributes:
        name: by which `scripts/generate` knows how to write it, and `rawkit.flow.conn_log.table` how to read it.
        zeek: its type in a Zeek log (https://docs.zeek.org/en/master/script-reference/types.html).
        slots: numbers that stand for it in a table's row.
    """

    name: str
    zeek: str
    slots: int


TIME: Final = Form("time", "time", 1)
INTERVAL: Final = Form("duration", "interval", 1)
COUNT: Final = Form("number", "count", 1)
INT: Final = Form("number", "int", 1)
PORT: Final = Form("number", "port", 1)
ENUM: Final = Form("word", "enum", 1)
WORD: Final = Form("word", "string", 1)
ADDRESS: Final = Form("address", "addr", 3)  # two halves, and the IP version: `::` and 0.0.0.0 are not the same
UID: Final = Form("uid", "string", 2)
UIDS: Final = Form("uids", "set[string]", 2 * PARENT_COUNT)  # of those that there are; 0 stands for no more
HISTORY: Final = Form("history", "string", HISTORY_COLUMNS + 1)  # letters, and how many there are
COMMUNITY_ID: Final = Form("community_id", "string", 0)  # of many flows at a time: rawkit.flow.conn_log.community


@dataclass(frozen=True, slots=True)
class LogColumn:
    """One column.

    Attributes:
        name: conn.log's.
        form: what it holds.
        value: how it is computed, in the language of kernels: of `flows`, in which the flow's row begins at `base`, the
            side that opened it has the number `opener`, and the columns of both begin at `orig` and `resp`. Constants
            are those of `rawkit.flow.layout`, functions those of `row_kernel` and `record_kernel`. Of an address it
            is the side that has it; empty where the form says all.
        doc: what it is, in Markdown; `{unit}` becomes the unit of a duration.
        optional: of numbers: a flow for which it is negative does not have it.
        known: of numbers and words: whether Zeek's log has it of TCP, UDP and ICMP only; of the others it is the first
            there, port 0 or OTH.
        timed: whether Zeek's log leaves it out of a flow in which no time passed (base/protocols/conn/main.zeek).
        words: of words: what the number stands for.
        field: the field of `FlowRecord`, where it is not called like the column; columns with one field share it.
        behind: the field of `FlowRecord` behind which it stands, where it is not that of the column before.
    """

    name: str
    form: Form
    value: str
    doc: str
    optional: bool = False
    timed: bool = False
    known: bool = False
    words: tuple[str, ...] = ()
    field: str = ""
    behind: str = ""


COLUMNS: Final = (
    LogColumn("ts", TIME, "flows[base + START]", "the first packet"),
    LogColumn("uid", UID, "", "as in handshakes"),
    LogColumn("id.orig_h", ADDRESS, "opener", "the originator's address", field="orig"),
    LogColumn(
        "id.orig_p", PORT, "port(flows, base, opener)",
        "the originator's port; of ICMP the type; 0 where the protocol has no ports (in a Zeek log where it is none of "
        "TCP, UDP and ICMP)", known=True, field="orig",
    ),
    LogColumn("id.resp_h", ADDRESS, "1 - opener", "the responder's address", field="resp"),
    LogColumn(
        "id.resp_p", PORT, "port(flows, base, 1 - opener)",
        "the responder's port; of ICMP the type that answers, or the code where none does", known=True, field="resp",
    ),
    LogColumn(
        "proto", ENUM, "proto(flows, base)", "`tcp`, `udp`, `icmp` (of both versions), else `unknown_transport`",
        words=PROTOS,
    ),
    LogColumn(
        "duration", INTERVAL, "flows[base + LAST] - flows[base + START]",
        "{unit} from the first packet to the last; in a Zeek log, of TCP, to that with which both sides have closed",
        timed=True,
    ),
    LogColumn(
        "orig_bytes", COUNT, "size(flows, base, orig, resp)",
        "payload of the originator; of TCP by sequence numbers, each byte once; in a Zeek log 0 where it is none of "
        "TCP, UDP and ICMP", known=True, timed=True,
    ),
    LogColumn(
        "resp_bytes", COUNT, "size(flows, base, resp, orig)", "the same of the responder", known=True, timed=True,
    ),
    LogColumn(
        "conn_state", WORD, "conn_state(flows, base)", "how it went ([states](states.md))", known=True,
        words=CONN_STATES,
    ),
    LogColumn(
        "missed_bytes", COUNT, "flows[orig + MISSED] + flows[resp + MISSED]",
        "bytes of TCP that were acknowledged and are not in the capture",
    ),
    LogColumn("history", HISTORY, "", "letters as things happen (below); absent where there is none"),
    LogColumn("orig_pkts", COUNT, "flows[orig + PACKETS]", "packets of the originator"),
    LogColumn("orig_ip_bytes", COUNT, "flows[orig + IP_BYTES]", "their IP headers and all behind, bytes"),
    LogColumn("resp_pkts", COUNT, "flows[resp + PACKETS]", "packets of the responder"),
    LogColumn("resp_ip_bytes", COUNT, "flows[resp + IP_BYTES]", "the same of these"),
    LogColumn(
        "tunnel_parents", UIDS, "",
        "the flows that carry this one, by uid: the tunnel around it, in each direction; of several the first 4",
    ),
    LogColumn("ip_proto", COUNT, "ip_protocol(flows, base)", "IP protocol number", behind="proto"),
    LogColumn("vlan", INT, "outer_vlan(flows, base)", "outermost VLAN id, but for a priority tag (0)", optional=True),
    LogColumn(
        "inner_vlan", INT, "inner_vlan(flows, base)", "innermost VLAN id, where there are two or more tags",
        optional=True,
    ),
    LogColumn(
        "community_id", COMMUNITY_ID, "",
        "[Community ID](https://github.com/corelight/community-id-spec), version 1, seed 0",
    ),
    LogColumn(
        "tcp.completeness", COUNT, "completeness(flows, base)", "[sum of bits](analysis.md)", optional=True,
        field="completeness",
    ),
    LogColumn("tcp.stream", COUNT, "tcp_stream(flows, base)", "as in the packets view", optional=True, field="stream"),
    LogColumn("udp.stream", COUNT, "udp_stream(flows, base)", "as in the packets view", optional=True, field="stream"),
)  # fmt: skip
"""The columns in the order in which conn.log has them."""

NAMES: Final = tuple(column.name for column in COLUMNS)
TYPES: Final = {column.name: column.form.zeek for column in COLUMNS}
"""Types in a Zeek log, by column."""
WORDS: Final = {column.name: column.words for column in COLUMNS if column.words}
"""What the numbers of columns of words stand for."""

*_SLOTS, WIDTH = accumulate((column.form.slots for column in COLUMNS), initial=0)
SLOTS: Final = dict(zip(NAMES, _SLOTS, strict=True))
"""The first number that stands for each column in a table's row, which has WIDTH numbers."""

*_PLACES, LETTER_PLACE = accumulate(map(len, WORDS.values()), initial=0)
WORD_PLACES: Final = dict(zip(WORDS, _PLACES, strict=True))
"""The first entry of each column of words in the table of names that text is written from.

Behind the words stand the letters of histories, from LETTER_PLACE on.
"""
