"""A program that sends, asks and makes labs; mypy --strict reads it (tests/api/test_samples.py)."""

from __future__ import annotations

import socket
import sys
import threading
from pathlib import Path

import rawkit


def greet(name: str, times: int = 1) -> list[str]:
    return [f"hello {name}"] * times


def main() -> None:
    stop = threading.Event()
    sent: rawkit.Sent = rawkit.send('IP(dst="192.0.2.20")/ICMP()', rate=10, count=3, stop=stop)
    seconds: float = sent.seconds
    frames: int = sent.frames + rawkit.write(Path("out.pcapng"), [b"\0" * 60])
    asked: rawkit.Exchanges = rawkit.ask(Path("in.pcap"), timeout=0.5, retries=2, answers=0)
    times: list[int] = [one.rtt_ns for one in asked if one.rtt_ns is not None]
    bytes_of: list[bytes] = [answer.bytes for one in asked.answered for answer in one.answers]
    exchange: rawkit.Exchange = asked[0]
    packet: rawkit.Packet | None = exchange.answer
    with rawkit.no_kernel_rst(b"\0" * 60, interface="eth0"):
        pass
    with rawkit.Lab("pair") as lab, lab.record("server") as tap:
        greeting: list[str] = lab["client"].call(greet, "you", times=2)
        found: list[str] = lab["client"].iterate(greet, "you").wait()
        again: rawkit.Sent = lab["client"].send(b"\0" * 60, interface="eth0")
        with lab["client"].socket(socket.AF_PACKET, socket.SOCK_RAW) as opened:
            number: int = opened.fileno()
        with lab["client"].sniff(filter="icmp", count=2) as sniffed:
            inside: list[rawkit.Packet] = list(sniffed)
        kinds: list[str] = [result.kind for result in lab["client"].ping("server", count=1)]
        taken: int = len(tap.take())
    for one in (seconds, frames, times, bytes_of, packet, greeting, found, again, number, inside, kinds, taken):
        sys.stdout.write(f"{one}\n")
