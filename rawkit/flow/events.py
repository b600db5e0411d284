"""What the tracker tells: handshakes, teardowns and UDP exchanges, as values with the frames that prove them.

All times are nanoseconds since the epoch, all pauses nanoseconds; frames are `frame.number`s. None says that a thing
did not happen (or that the capture does not have it).
"""

from __future__ import annotations

from itertools import compress
from typing import Final, Literal

from rawkit.facts import ip_protocols
from rawkit.flow import layout
from rawkit.flow.endpoints import Endpoint, Row, address_text, endpoint, uid
from rawkit.flow.events_kernel import is_opened
from rawkit.flow.icmp_kernel import fails_connect
from rawkit.flow.row_kernel import ip_protocol, is_own_peer, is_session, originator, responder
from rawkit.flow.sessions.words import Close, Opening, Reset, Transport, Words, words_of
from rawkit.values import dataclass
from rawkit.wire import names

HandshakeOutcome = Literal["established", "refused", "timed out", "unreachable", "half open"]
Side = Literal["orig", "resp"]
ResetReason = Literal[
    "refused",
    "aborted",
    "data after close",
    "unread data",
    "out of window",
    "challenged",
    "keep-alive unanswered",
    "wrong tag",
    "unknown",
]

RESET_REASONS: Final[dict[int, ResetReason]] = {
    layout.REASON_REFUSED: "refused",
    layout.REASON_ABORTED: "aborted",
    layout.REASON_DATA_AFTER_CLOSE: "data after close",
    layout.REASON_UNREAD_DATA: "unread data",
    layout.REASON_OUT_OF_WINDOW: "out of window",
    layout.REASON_KEEP_ALIVE: "keep-alive unanswered",
    layout.REASON_UNKNOWN: "unknown",
    layout.REASON_CHALLENGED: "challenged",
    layout.REASON_WRONG_TAG: "wrong tag",
}

IGNORED: Final = ("out of window", "challenged", "wrong tag")
"""Reasons of RSTs that end nothing, because the receiver ignores them (RFC 5961; of SCTP's ABORTs RFC 9260)."""


@dataclass(frozen=True, slots=True)
class IcmpError:
    """An ICMP error about a flow: who sent it, and what it says."""

    sender: str
    version: int
    type: int
    code: int
    time: int
    frame: int

    @property
    def text(self) -> str:
        """What it says, in Wireshark's words: the code, where the type has codes."""
        codes, types = _ICMP_NAMES[self.version]
        return codes.get((self.type, self.code)) or types.get(self.type) or f"type {self.type} code {self.code}"


_ICMP_NAMES: Final = {
    4: (names.ICMP_CODES, names.ICMP_TYPES),
    6: (names.ICMPV6_CODES, names.ICMPV6_TYPES),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """What a SYN offers: RFC 9293 (MSS), 7323 (window scale, timestamps), 2018 (SACK), 7413 (Fast Open).

    Where `cut` is true the capture does not have all options, and what is missing here may have been offered.
    """

    mss: int | None
    window_scale: int | None
    sack: bool
    timestamps: bool
    fast_open: Literal["request", "cookie"] | None
    data: bool
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Handshake:
    """One attempt to open a TCP connection, an SCTP association or a DCCP connection.

    Attributes:
        transport: which of them; what is said of SYN, SYN-ACK, ACK and RST below holds for INIT, INIT ACK, COOKIE ACK
            and ABORT of SCTP, and for Request, Response, Ack and Reset of DCCP.
        stream: `tcp.stream`; None where it is not TCP.
        uid: the connection's name in the flows view.
        client: who sent the first SYN, or got the SYN-ACK.
        server: the other.
        outcome: how it ended.
        icmp: the error that ended it, where it was `unreachable`.
        syn_time: the first SYN; None where the capture has the SYN-ACK only.
        syn_ack_time: the first SYN-ACK (in a simultaneous open: the other SYN).
        ack_time: the ACK that completed the handshake.
        reset_time: the RST that ended it.
        syn_repeats: SYNs beyond the first.
        syn_ack_repeats: SYN-ACKs beyond the first.
        client_offer: what the client's SYN offered.
        server_offer: what the SYN-ACK offered.
        simultaneous: both sent a SYN before they saw the other's.
        frames: numbers of the frames of `syn_time`, `syn_ack_time`, `ack_time`, `reset_time` that exist.
        unseen: what must have been sent for this outcome, and is not in the capture, of `syn`, `syn_ack`, `ack` (SCTP:
            `init`, `init_ack`, `cookie_ack`; DCCP: `request`, `response`, `ack`).
        cause: what the ABORT or the Reset that refused it says.
    """

    transport: Transport
    stream: int | None
    uid: str
    client: Endpoint
    server: Endpoint
    outcome: HandshakeOutcome
    icmp: IcmpError | None
    syn_time: int | None
    syn_ack_time: int | None
    ack_time: int | None
    reset_time: int | None
    syn_repeats: int
    syn_ack_repeats: int
    client_offer: Offer | None
    server_offer: Offer | None
    simultaneous: bool
    frames: tuple[int, ...]
    unseen: tuple[Opening, ...] = ()
    cause: str | None = None

    @property
    def time(self) -> int:
        """The first SYN; where that is not captured the SYN-ACK."""
        first = self.syn_ack_time if self.syn_time is None else self.syn_time
        assert first is not None
        return first


@dataclass(frozen=True, slots=True)
class Teardown:
    """The end of a TCP connection, or the half of one that the capture has; of an SCTP association, a DCCP connection.

    Attributes:
        transport: which of them; what is said of FIN and RST below holds for SHUTDOWN and ABORT of SCTP, and for Close
            and Reset of DCCP.
        stream: `tcp.stream`; None where it is not TCP.
        uid: the connection's name in the flows view.
        client: who opened the connection.
        server: the other.
        first: who closed first, with a FIN or a RST.
        by: how: `FIN` (both sides closed), `half` (one FIN, no second), `RST`; `SHUTDOWN`, `ABORT`; `Close`, `Reset`.
        simultaneous: both FINs were under way at once.
        fin_times: the first FIN of client and server.
        half_closed: from the first FIN to the second, or to the RST that ended it.
        late_bytes: payload that came the other way after the first FIN.
        reset_by: who sent the RST.
        reason: why, as far as the wire tells.
        stray_resets: RSTs that the receiver ignores (RFC 5961).
        time: the last of FINs and RST.
        frames: numbers of the frames with the FINs and the RST.
        maybe_unread: whether the sender of the RST may have had data that its program had not read.
        unseen: the sides of which the capture has no packet, `orig` (the client) or `resp`.
        cause: what the ABORT or the Reset itself says (RFC 9260, section 3.3.10; RFC 4340, section 5.6).
    """

    transport: Transport
    stream: int | None
    uid: str
    client: Endpoint
    server: Endpoint
    first: Literal["client", "server"]
    by: Close | Reset | Literal["half"]
    simultaneous: bool
    fin_times: tuple[int | None, int | None]
    half_closed: int | None
    late_bytes: int
    reset_by: Literal["client", "server"] | None
    reason: ResetReason | None
    stray_resets: int
    time: int
    frames: tuple[int, ...]
    maybe_unread: bool = False
    unseen: tuple[Side, ...] = ()
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class UdpExchange:
    """The datagrams between two UDP endpoints.

    Attributes:
        stream: `udp.stream`.
        uid: the conversation's name in the flows view.
        client: who sent the first datagram, unless it came from a port on which servers listen, to one that is none.
        server: to whom.
        time: that datagram's.
        requests: datagrams of the client.
        request_bytes: their payload.
        answers: datagrams of the server.
        answer_bytes: their payload.
        first_answer: from the client's first datagram to the server's first; None where that was captured first.
        icmp: the latest ICMP error about the conversation.
        frames: the first frame of each side that sent one.
    """

    stream: int
    uid: str
    client: Endpoint
    server: Endpoint
    time: int
    requests: int
    request_bytes: int
    answers: int
    answer_bytes: int
    first_answer: int | None
    icmp: IcmpError | None
    frames: tuple[int, ...]


def sides(row: Row) -> tuple[Row, Row]:
    """The columns of the originator and of the responder."""
    first, second = originator(row, 0), responder(row, 0)
    return row[first : first + layout.SIDE_WIDTH], row[second : second + layout.SIDE_WIDTH]


def endpoints(row: Row) -> tuple[Endpoint, Endpoint]:
    """The originator and the responder."""
    opener = row[layout.ORIGINATOR]
    return endpoint(row, opener), endpoint(row, 1 - opener)


def happened(moment: int) -> int | None:
    """A column that holds a time or a frame: None where it holds none.

    >>> happened(0), happened(layout.NOT_YET)
    (0, None)
    """
    return None if moment == layout.NOT_YET else moment


def _frames(*columns: int) -> tuple[int, ...]:
    """The numbers of the frames that exist."""
    return tuple(frame for frame in columns if frame != layout.NOT_YET)


def icmp_error(row: Row) -> IcmpError | None:
    """The ICMP error that quotes a packet of the flow."""
    if not row[layout.ICMP_ERROR]:
        return None
    version = row[layout.ICMP_VERSION]
    sender = address_text(row[layout.ICMP_SENDER_HIGH], row[layout.ICMP_SENDER_LOW], version)
    kind, code = divmod(row[layout.ICMP_ERROR] - 1, 256)
    return IcmpError(sender, version, kind, code, row[layout.ICMP_TIME], row[layout.ICMP_FRAME])


def offer(options: int) -> Offer:
    """What the bits of SYN_OPTIONS say.

    >>> offer(layout.OFFERED_MSS | layout.OFFERED_SACK | 1460)
    Offer(mss=1460, window_scale=None, sack=True, timestamps=False, fast_open=None, data=False, cut=False)
    """
    cookie: Literal["request", "cookie"] | None = None
    if options & (layout.OFFERED_COOKIE | layout.OFFERED_FAST_OPEN):
        cookie = "cookie" if options & layout.OFFERED_COOKIE else "request"
    return Offer(
        mss=options & 0xFFFF if options & layout.OFFERED_MSS else None,
        window_scale=options >> 16 & 0xFF if options & layout.OFFERED_SCALE else None,
        sack=bool(options & layout.OFFERED_SACK),
        timestamps=bool(options & layout.OFFERED_TIMESTAMPS),
        fast_open=cookie,
        data=bool(options & layout.OFFERED_DATA),
        cut=bool(options & layout.OFFERED_CUT),
    )


def handshake(row: Row) -> Handshake:
    """The attempt that a HANDSHAKE event tells of."""
    client, server = endpoints(row)
    opener, answerer = sides(row)
    icmp = icmp_error(row)
    outcome = _outcome(row, opener, answerer, icmp)
    answered = happened(answerer[layout.SYN_TIME])
    if is_own_peer(row, 0):
        answered = opener[layout.LAST_SYN_TIME] if opener[layout.SYNS] > 1 else None
    ends = outcome in ("refused", "half open")
    reset_time, reset_frame = (row[column] if ends else layout.NOT_YET for column in _RESET)
    return Handshake(
        transport=words_of(ip_protocol(row, 0)).transport,
        stream=_stream(row),
        uid=uid(row),
        client=client,
        server=server,
        outcome=outcome,
        icmp=icmp if outcome == "unreachable" else None,
        syn_time=happened(opener[layout.SYN_TIME]),
        syn_ack_time=answered,
        ack_time=happened(row[layout.ACK_TIME]),
        reset_time=happened(reset_time),
        syn_repeats=_repeats(row, opener),
        syn_ack_repeats=_repeats(row, answerer),
        client_offer=_offer(row, opener),
        server_offer=_offer(row, opener if is_own_peer(row, 0) else answerer),
        simultaneous=bool(row[layout.MARKS] & layout.SIMULTANEOUS_OPEN),
        frames=_frames(opener[layout.SYN_FRAME], answerer[layout.SYN_FRAME], row[layout.ACK_FRAME], reset_frame),
        unseen=_unseen(row, outcome, opener, answered),
        cause=_cause(words_of(ip_protocol(row, 0)), answerer) if outcome == "refused" else None,
    )


def _stream(row: Row) -> int | None:
    return None if row[layout.STREAM] < 0 else row[layout.STREAM]


def _offer(row: Row, side: Row) -> Offer | None:
    return offer(side[layout.SYN_OPTIONS]) if side[layout.SYNS] and not is_session(ip_protocol(row, 0)) else None


def _unseen(row: Row, outcome: HandshakeOutcome, opener: Row, answered: int | None) -> tuple[Opening, ...]:
    """What the outcome takes for granted and the capture does not have."""
    missing = (
        opener[layout.SYN_TIME] == layout.NOT_YET,
        answered is None and outcome in ("established", "half open"),
        row[layout.ACK_TIME] == layout.NOT_YET and outcome == "established",
    )
    return tuple(compress(words_of(ip_protocol(row, 0)).steps, missing))


_RESET: Final = (layout.RESET_TIME, layout.RESET_FRAME)


def _repeats(row: Row, side: Row) -> int:
    """SYNs beyond the first; in a simultaneous open each side sends a SYN and a SYN-ACK, which repeats nothing."""
    expected = 2 if row[layout.MARKS] & layout.SIMULTANEOUS_OPEN else 1
    return max(side[layout.SYNS] - expected, 0)


def _outcome(row: Row, opener: Row, answerer: Row, icmp: IcmpError | None) -> HandshakeOutcome:
    if is_opened(row, 0):
        return "established"
    if is_session(ip_protocol(row, 0)) and row[layout.RESET_REASON] == layout.REASON_REFUSED:
        return "refused"
    if answerer[layout.SYNS] or (opener[layout.RESETS] and opener[layout.LAST_RESET_SEQ] == 1):
        return "half open"
    if row[layout.RESET_REASON] == layout.REASON_REFUSED:
        return "refused"
    return "unreachable" if icmp and _is_final(ip_protocol(row, 0), icmp) else "timed out"


def _is_final(of: int, icmp: IcmpError) -> bool:
    return fails_connect(of, ip_protocols.ICMP if icmp.version == 4 else ip_protocols.ICMPV6, icmp.type, icmp.code)


def teardown(row: Row) -> Teardown:
    """The end that a TEARDOWN event tells of."""
    if _refuses_unseen(row):
        row = [*row]
        row[layout.ORIGINATOR] = 1 - row[layout.ORIGINATOR]
    client, server = endpoints(row)
    opener, answerer = sides(row)
    fins = (happened(opener[layout.FIN_TIME]), happened(answerer[layout.FIN_TIME]))
    reason = RESET_REASONS.get(row[layout.RESET_REASON])
    reset_by = _who(row, row[layout.RESET_SIDE]) if reason else None
    ended = reason is not None and reason not in IGNORED
    first = _who(row, row[layout.FIRST_FIN] - 1) if row[layout.FIRST_FIN] else reset_by or "client"
    late = answerer if first == "client" else opener
    reset_time, reset_frame = (row[column] if reason else layout.NOT_YET for column in _RESET)
    self_closed = is_own_peer(row, 0) and not reason
    words = words_of(ip_protocol(row, 0))
    closed = words.close if self_closed or None not in fins else "half"
    return Teardown(
        transport=words.transport,
        stream=_stream(row),
        uid=uid(row),
        client=client,
        server=server,
        first=first,
        by=words.reset if ended or fins == (None, None) else closed,
        simultaneous=bool(row[layout.MARKS] & layout.SIMULTANEOUS_CLOSE) or self_closed,
        fin_times=fins,
        half_closed=_half_closed(fins, happened(reset_time) if ended else None),
        late_bytes=late[layout.LATE_DATA],
        reset_by=reset_by,
        reason=reason,
        stray_resets=row[layout.STRAY_RESETS],
        time=max(opener[layout.FIN_TIME], answerer[layout.FIN_TIME], reset_time),
        frames=tuple(sorted(_frames(opener[layout.FIN_FRAME], answerer[layout.FIN_FRAME], reset_frame))),
        maybe_unread=_maybe_unread(row, opener, answerer, answerer if reset_by == "client" else opener),
        unseen=_silent(row, opener, answerer),
        cause=_cause(words, opener if reset_by == "client" else answerer) if ended else None,
    )


def _cause(words: Words, side: Row) -> str | None:
    """What the packet that ended it says of the reason; TCP's RST says nothing."""
    cause = side[layout.CAUSE] - 1
    return words.causes.get(cause, f"cause {cause}") if words.causes and cause >= 0 else None


def _refuses_unseen(row: Row) -> bool:
    """Whether a RST is all that was seen, and refuses a SYN that was not: then its sender is the server."""
    opener, answerer = sides(row)
    seen = opener[layout.SYNS] + answerer[layout.SYNS] + answerer[layout.PACKETS]
    return row[layout.RESET_REASON] == layout.REASON_REFUSED and not seen


def _maybe_unread(row: Row, opener: Row, answerer: Row, peer: Row) -> bool:
    """Reading leaves no trace; what the peer sent is not known where the capture begins in the middle."""
    whole = opener[layout.SYNS] and answerer[layout.SYNS] and not peer[layout.MISSED]
    return peer[layout.LAST_DATA_FRAME] != layout.NOT_YET or not whole


def _silent(row: Row, opener: Row, answerer: Row) -> tuple[Side, ...]:
    sent: tuple[tuple[Side, int], ...] = (("orig", opener[layout.PACKETS]), ("resp", answerer[layout.PACKETS]))
    return () if is_own_peer(row, 0) else tuple(side for side, packets in sent if not packets)


def _who(row: Row, side: int) -> Literal["client", "server"]:
    return "client" if row[layout.ORIGINATOR] == side else "server"


def _half_closed(fins: tuple[int | None, int | None], reset: int | None) -> int | None:
    """From the first FIN to what ended the connection in the other direction."""
    times = sorted(time for time in fins if time is not None)
    if not times:
        return None
    last = times[1] if len(times) == 2 else reset
    return None if last is None else last - times[0]


def udp_exchange(row: Row) -> UdpExchange:
    """The conversation that a FLOW_END event of UDP tells of."""
    client, server = endpoints(row)
    asker, answerer = sides(row)
    both = asker[layout.PACKETS] and answerer[layout.PACKETS]
    answered = answerer[layout.SIDE_START] - asker[layout.SIDE_START] if both else -1
    return UdpExchange(
        stream=row[layout.STREAM],
        uid=uid(row),
        client=client,
        server=server,
        time=row[layout.START],
        requests=asker[layout.PACKETS],
        request_bytes=asker[layout.PAYLOAD_BYTES],
        answers=answerer[layout.PACKETS],
        answer_bytes=answerer[layout.PAYLOAD_BYTES],
        first_answer=answered if answered >= 0 else None,
        icmp=icmp_error(row),
        frames=_frames(asker[layout.SIDE_FIRST_FRAME], answerer[layout.SIDE_FIRST_FRAME]),
    )
