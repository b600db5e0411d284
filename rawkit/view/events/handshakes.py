"""The `handshakes` view: an attempt to connect, a line."""

from __future__ import annotations

from typing import Final

from rawkit.flow.events import Handshake, Offer
from rawkit.flow.sessions.words import WORDS
from rawkit.view.events import calls
from rawkit.view.events.fields import ENDPOINTS, icmp_fields, named, since
from rawkit.view.lines import LineField
from rawkit.view.moments import When
from rawkit.view.text import counted, epoch, pause


def offer_text(offer: Offer) -> str:
    """What a SYN offers, in tcpdump's words.

    >>> offer_text(Offer(1460, 7, True, True, None, False))
    'mss 1460, wscale 7, sackOK, TS'
    """
    nothing = "options not captured" if offer.cut else "nothing"
    parts = (
        f"mss {offer.mss}" if offer.mss is not None else "",
        f"wscale {offer.window_scale}" if offer.window_scale is not None else "",
        "sackOK" if offer.sack else "",
        "TS" if offer.timestamps else "",
        f"tfo {offer.fast_open}" if offer.fast_open else "",
        "data" if offer.data else "",
    )
    told = [part for part in parts if part]
    return ", ".join(told + ["rest not captured"] * offer.cut) if told else nothing


FIELDS: Final[tuple[LineField[Handshake], ...]] = (
    LineField(
        "ts", "the first SYN; where that is not captured the SYN-ACK", lambda attempt: epoch(attempt.time),
        shape="time",
    ),
    LineField(
        "uid", "the connection's name, the same in all views; the same file gives the same names",
        lambda attempt: attempt.uid,
    ),
    LineField(
        "tcp.stream", "number of the conversation, as in the packets view", lambda attempt: attempt.stream,
        shape="number",
    ),
    *ENDPOINTS,
    LineField("outcome", "as above", lambda attempt: attempt.outcome),
    LineField("call", "what the socket call said (below)", calls.of_handshake),
    LineField(
        "syn_ack_ns", "from the first SYN to the first SYN-ACK; below 0 where that was recorded first",
        lambda attempt: since(attempt.syn_time, attempt.syn_ack_time), shape="number"
    ),
    LineField(
        "ack_ns", "from there to the ACK", lambda attempt: since(attempt.syn_ack_time, attempt.ack_time),
        shape="number",
    ),
    LineField(
        "reset_ns", "from the SYN-ACK, or where there was none from the SYN, to the RST",
        lambda attempt: since(_answered(attempt), attempt.reset_time), shape="number"
    ),
    LineField("syn_repeats", "SYNs beyond the first", lambda attempt: attempt.syn_repeats, shape="number"),
    LineField("syn_ack_repeats", "SYN-ACKs beyond the first", lambda attempt: attempt.syn_ack_repeats, shape="number"),
    LineField(
        "simultaneous", "true where both sides sent a SYN before they saw the other's",
        lambda attempt: attempt.simultaneous or None, shape="flag"
    ),
    *icmp_fields("who sent the ICMP error"),
    LineField(
        "orig_offer",
        "what the client's SYN offered: `mss N`, `wscale N`, `sackOK`, `TS` (timestamps), `tfo request` or "
        "`tfo cookie` (Fast Open), `data`; `nothing`; `options not captured`, or `rest not captured` behind what was",
        lambda attempt: offer_text(attempt.client_offer) if attempt.client_offer else None,
    ),
    LineField(
        "resp_offer", "the same of the SYN-ACK",
        lambda attempt: offer_text(attempt.server_offer) if attempt.server_offer else None,
    ),
    LineField(
        "frames", "numbers of the frames with the SYN, the SYN-ACK, the ACK, the RST",
        lambda attempt: list(attempt.frames), shape="numbers"
    ),
    LineField(
        "unseen",
        "what the outcome takes for granted and the capture does not have: `syn`, `syn_ack`, `ack`; of SCTP `init`, "
        "`init_ack`, `cookie_ack`, of DCCP `request`, `response`, `ack`",
        lambda attempt: list(attempt.unseen) or None, shape="texts"
    ),
    LineField("cause", "what the ABORT (SCTP) or the Reset (DCCP) that refused it says", lambda attempt: attempt.cause),
    LineField("transport", "`tcp`, `sctp` or `dccp`; of the last two see below", lambda attempt: attempt.transport),
)  # fmt: skip
"""What JSON and CSV have, in order; `_ns` are nanoseconds since the event before."""


def line(attempt: Handshake, when: When) -> str:
    """The attempt as a line of text."""
    why = attempt.icmp.text if attempt.icmp else attempt.cause
    outcome = f"{attempt.outcome} ({why})" if why else attempt.outcome
    begin = f"{when(attempt.time)}{named(attempt.transport)}{attempt.client} > {attempt.server}: {outcome}"
    return f"{begin}; {told(attempt)}"


def told(attempt: Handshake) -> str:
    """What the line says behind the outcome."""
    parts = [
        ", ".join(_times(attempt)),
        f"client {offer_text(attempt.client_offer)}" if attempt.client_offer else "",
        f"server {offer_text(attempt.server_offer)}" if attempt.server_offer else "",
        calls.of_handshake(attempt),
    ]
    return "; ".join(part for part in parts if part)


def _times(attempt: Handshake) -> list[str]:
    opened, answered, completed = WORDS[attempt.transport].steps_text
    parts = ["simultaneous open"] if attempt.simultaneous else []
    if attempt.syn_time is not None and attempt.syn_ack_time is not None:
        parts.append(_after(answered, attempt.syn_ack_time - attempt.syn_time, f"its {opened}"))
    if attempt.ack_time is not None and attempt.syn_ack_time is not None:
        parts.append(_later(completed, attempt.ack_time - attempt.syn_ack_time))
    if attempt.reset_time is not None:
        parts.append(_after(WORDS[attempt.transport].reset, attempt.reset_time - _answered(attempt), "that"))
    if attempt.icmp:
        parts.append(f"from {attempt.icmp.sender} after {pause(attempt.icmp.time - attempt.time)}")
    if attempt.syn_repeats:
        parts.append(f"{opened} repeated {counted(attempt.syn_repeats, 'time')}")
    if attempt.syn_ack_repeats:
        parts.append(f"{answered} repeated {counted(attempt.syn_ack_repeats, 'time')}")
    return parts


def _answered(attempt: Handshake) -> int:
    """The SYN-ACK, or where there was none the SYN."""
    return attempt.time if attempt.syn_ack_time is None else attempt.syn_ack_time


def _after(what: str, duration: int, before: str) -> str:
    """When it came; a recorder with two inputs may take frames in another order than they were sent."""
    return f"{what} after {pause(duration)}" if duration >= 0 else f"{what} recorded {pause(-duration)} before {before}"


def _later(what: str, duration: int) -> str:
    return f"{what} {pause(duration)} later" if duration >= 0 else f"{what} recorded {pause(-duration)} before that"
