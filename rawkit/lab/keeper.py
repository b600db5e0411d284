"""Keeps the lab of a process that may not make namespaces itself, run as `python -m rawkit.lab.keeper FD CALLER`.

It becomes root of a user namespace of its own, builds the lab there, and hands the caller descriptors of the hosts'
namespaces: the caller stays who it is. FD is a Unix socket to the caller, and CALLER its process number. When the
caller ends without a word, in whatever way, this process ends at once, and the kernel takes the lab down.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Any

from rawkit.errors import LabError, RawkitError
from rawkit.lab.lab import Lab
from rawkit.lab.messages import CLOSE, LISTENING, MIDDLEBOX, SOCKET, get, put
from rawkit.lab.privileges import ensure_namespaces


def main(arguments: Sequence[str]) -> int:
    """Keeps a lab until it is told to close it, or the caller is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = socket.socket(fileno=int(arguments[0]))
    try:
        caller = os.pidfd_open(int(arguments[1]))
        spec, _ = get(channel)
    except (ProcessLookupError, EOFError):
        return 1
    try:
        ensure_namespaces()
        lab = Lab(spec)
    except RawkitError as error:
        put(channel, error)
        return 2
    with lab:
        tell(lab, channel)
        serve(lab, channel, caller)
    return 0


def tell(lab: Lab, channel: socket.socket) -> None:
    """Hands over the namespaces: those of all hosts first, then each host's own."""
    hosts = list(lab.hosts.values())
    user = os.open("/proc/self/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    put(channel, tuple(lab.middleboxes), [user, hosts[0].namespaces.pid])
    os.close(user)
    for host in hosts:
        put(channel, host.name, [host.namespaces.network, host.namespaces.mount, host.namespaces.uts])


def serve(lab: Lab, channel: socket.socket, caller: int) -> None:
    """Does what the caller asks for, one thing after the other."""
    watch = select.poll()
    watch.register(channel, select.POLLIN)
    watch.register(caller, select.POLLIN)
    while True:
        if caller in dict(watch.poll()):
            os._exit(1)
        try:
            question, _ = get(channel)
        except (EOFError, ConnectionError):
            os._exit(1)
        if question[0] == CLOSE:
            return
        answer(lab, channel, *question)


def answer(lab: Lab, channel: socket.socket, what: str, *arguments: Any) -> None:
    """Answers one question: a value, an error, or descriptors."""
    opened: list[int] = []
    try:
        if what == MIDDLEBOX:
            link, question = arguments
            put(channel, lab.middlebox(link).ask(question))
            return
        host = lab[arguments[0]]
        if what == SOCKET:
            opened = [host.socket(*arguments[1:]).detach()]
        elif what == LISTENING:
            sock, counters = host.listening()
            opened = [sock.detach(), counters]
        put(channel, None, opened)
    except (RawkitError, OSError) as error:
        put(channel, error if isinstance(error, OSError) else LabError(str(error)))
    finally:
        for descriptor in opened:
            os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
