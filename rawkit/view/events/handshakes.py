"""The `handshakes` view: an attempt to connect, a line."""

from __future__ import annotations

from typing import Any

from rawkit.flow.events import Handshake, Offer
from rawkit.view.events import calls
from rawkit.view.moments import When
from rawkit.view.text import counted, epoch, pause

NAMES = (
    "ts", "uid", "tcp.stream", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "outcome", "call", "syn_ack_ns",
    "ack_ns", "reset_ns", "syn_repeats", "syn_ack_repeats", "simultaneous", "icmp.sender", "icmp.type", "icmp.code",
    "icmp.text", "orig_offer", "resp_offer", "frames",
)  # fmt: skip


def values(attempt: Handshake) -> dict[str, Any]:
    """The attempt as JSON has it; `_ns` are nanoseconds since the event before."""
    icmp = attempt.icmp
    return {
        "ts": epoch(attempt.syn_time),
        "uid": attempt.uid,
        "tcp.stream": attempt.stream,
        "id.orig_h": attempt.client.address,
        "id.orig_p": attempt.client.port,
        "id.resp_h": attempt.server.address,
        "id.resp_p": attempt.server.port,
        "outcome": attempt.outcome,
        "call": calls.of_handshake(attempt),
        "syn_ack_ns": _since(attempt.syn_time, attempt.syn_ack_time),
        "ack_ns": _since(attempt.syn_ack_time, attempt.ack_time),
        "reset_ns": _since(_answered(attempt), attempt.reset_time),
        "syn_repeats": attempt.syn_repeats,
        "syn_ack_repeats": attempt.syn_ack_repeats,
        "simultaneous": attempt.simultaneous or None,
        "icmp.sender": icmp and icmp.sender,
        "icmp.type": icmp and icmp.type,
        "icmp.code": icmp and icmp.code,
        "icmp.text": icmp and icmp.text,
        "orig_offer": offer_text(attempt.client_offer),
        "resp_offer": attempt.server_offer and offer_text(attempt.server_offer),
        "frames": list(attempt.frames),
    }


def _answered(attempt: Handshake) -> int:
    """The SYN-ACK, or where there was none the SYN."""
    return attempt.syn_time if attempt.syn_ack_time is None else attempt.syn_ack_time


def _since(before: int | None, after: int | None) -> int | None:
    return after - before if before is not None and after is not None else None


def offer_text(offer: Offer) -> str:
    """What a SYN offers, in tcpdump's words.

    >>> offer_text(Offer(1460, 7, True, True, None, False))
    'mss 1460, wscale 7, sackOK, TS'
    """
    parts = (
        f"mss {offer.mss}" if offer.mss is not None else "",
        f"wscale {offer.window_scale}" if offer.window_scale is not None else "",
        "sackOK" if offer.sack else "",
        "TS" if offer.timestamps else "",
        f"tfo {offer.fast_open}" if offer.fast_open else "",
        "data" if offer.data else "",
    )
    return ", ".join(part for part in parts if part) or "nothing"


def line(attempt: Handshake, when: When) -> str:
    """The attempt as a line of text."""
    outcome = f"{attempt.outcome} ({attempt.icmp.text})" if attempt.icmp else attempt.outcome
    parts = [
        f"{when(attempt.syn_time)}{attempt.client} > {attempt.server}: {outcome}",
        ", ".join(_times(attempt)),
        f"client {offer_text(attempt.client_offer)}",
        f"server {offer_text(attempt.server_offer)}" if attempt.server_offer else "",
        calls.of_handshake(attempt),
    ]
    return "; ".join(part for part in parts if part)


def _times(attempt: Handshake) -> list[str]:
    parts = ["simultaneous open"] if attempt.simultaneous else []
    if attempt.syn_ack_time is not None:
        parts.append(f"SYN-ACK after {pause(attempt.syn_ack_time - attempt.syn_time)}")
    if attempt.ack_time is not None:
        parts.append(f"ACK {pause(attempt.ack_time - _answered(attempt))} later")
    if attempt.reset_time is not None:
        parts.append(f"RST after {pause(attempt.reset_time - _answered(attempt))}")
    if attempt.icmp:
        parts.append(f"from {attempt.icmp.sender} after {pause(attempt.icmp.time - attempt.syn_time)}")
    if attempt.syn_repeats:
        parts.append(f"SYN repeated {counted(attempt.syn_repeats, 'time')}")
    if attempt.syn_ack_repeats:
        parts.append(f"SYN-ACK repeated {counted(attempt.syn_ack_repeats, 'time')}")
    return parts
