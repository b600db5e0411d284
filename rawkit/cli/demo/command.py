"""`rawkit demo`: what raw sockets can show, in a lab that is gone afterwards."""

from __future__ import annotations

import sys
import time
from typing import Any

import click

from rawkit.api.demo import Shown, Stage, acts, prepare, stage
from rawkit.cli.color import color_options, wants_color
from rawkit.cli.demo.page import Page, open_page
from rawkit.view.text import counted

SCENARIO = "firewalled"
SOURCE = 61001
PORTS = (7, 22, 25, 53, 80, 81, 111, 113, 3306, 5432, 8080)

_PING = "ICMP echo requests from a raw socket; the times are the kernel's own stamps on the packets."
_SCAN = "A SYN to each port, made by hand: a SYN-ACK means open, a RST closed, an ICMP error or silence filtered."
_VIEWS: dict[Shown, tuple[str, str]] = {
    "handshakes": (
        "Handshakes: what connect() does",
        "Each line is an attempt as the wire saw it; at its end stands what the program's connect() was told.",
    ),
    "teardowns": (
        "Teardowns: what close() does",
        "A connection ends by FIN, each side for itself, or at once by RST; the wire tells which call it was.",
    ),
    "udp": (
        "UDP: who answers",
        "UDP has no connections, so a view pairs what was asked with what came back, ICMP errors included.",
    ),
}


@click.command("demo", context_settings={"help_option_names": ["--help", "-h"]})
@click.option("-w", "write", metavar="FILE", help="Keep what was sniffed: pcap, or pcapng by its name.")
@color_options
@click.pass_obj
def command(settings: dict[str, Any], write: str | None) -> None:
    """Ping, scan, connect to and ask a host, sniff it all, and see what happened on the wire.

    It happens in a lab of three hosts inside this machine, without root, in about ten seconds; nothing is sent
    anywhere else, and nothing is left behind.
    """
    prepare()  # first of all
    _show(open_page(color=wants_color(settings, sys.stdout)), write)


def _show(page: Page, write: str | None) -> None:
    begin = time.monotonic()
    with stage(SCENARIO, write) as shown:
        _introduce(page, shown)
        _ping(page, shown)
        _scan(page, shown)
        for view in _VIEWS:
            _play(page, shown, view)
        count, lost = shown.count, shown.lost
    seconds = time.monotonic() - begin
    page.title("That was it")
    frames = counted(count, "frame")
    page.say(f"{frames} sniffed, {lost} lost, in {seconds:.1f} s. The lab is gone, and nothing of it is left.")
    if write:
        page.say(f"The frames are in {write}: try 'rawkit sniff -r {write}'.")
    page.say(f"To look around yourself: 'rawkit lab up {SCENARIO}', then 'rawkit lab shell client'.")


def _introduce(page: Page, shown: Stage) -> None:
    page.say("Three Linux network stacks on this machine, with wires between them that lead nowhere else:")
    page.line(f"client {shown.client.ipv4} --- firewall --- server {shown.server.ipv4}")
    page.say("Everything below happens there; what the views show was sniffed on the client's interface.")


def _ping(page: Page, shown: Stage) -> None:
    page.title("Ping: is anybody there?")
    page.say(_PING)
    _rawkit(page, shown, "ping", "-c", "3", "-i", "0.2", str(shown.server.ipv4))


def _scan(page: Page, shown: Stage) -> None:
    page.title("SYN scan: what is open?")
    page.say(_SCAN)
    ports = ",".join(map(str, PORTS))
    _rawkit(page, shown, "synscan", "--reason", "--source-port", str(SOURCE), "-p", ports, str(shown.server.ipv4))


def _rawkit(page: Page, shown: Stage, *words: str) -> None:
    """Another command of rawkit on the client, and what it prints."""
    page.caption(f"rawkit {' '.join(words)}")
    for line in shown.rawkit(*words):
        page.line(line)


def _play(page: Page, shown: Stage, view: Shown) -> None:
    from rawkit.cli.demo.view import lines

    title, sentence = _VIEWS[view]
    page.title(title)
    page.say(sentence)
    for act in acts(view):
        page.caption(act.caption)
        for line in lines(view, shown.play(act)):
            page.line(line)
