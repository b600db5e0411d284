"""`rawkit.ping`, `scan` and `replay`: functions with the words of their requests, which say what each word means."""

from __future__ import annotations

import inspect
import re
from dataclasses import MISSING, Field, dataclass, fields
from textwrap import dedent, indent
from typing import Any

from generating.text import python
from rawkit.run.ping.request import PingRequest
from rawkit.run.replay.request import ReplayRequest
from rawkit.run.scan.request import ScanRequest


@dataclass(frozen=True, slots=True)
class Call:
    """A function.

    Attributes:
        name: its name.
        request: whose words it has.
        run: what it gives, or what does it.
        gives: what it gives where it does it before it returns; else the run.
        positional: how many words may stand without their names.
        eased: words that Python may give in other forms: type, and what makes the request's of it.
        imports: what that takes.
        begin, end: its docstring before and after the words.
    """

    name: str
    request: type[Any]
    run: str
    gives: str | None
    positional: int
    eased: dict[str, tuple[str, str]]
    imports: str
    begin: str
    end: str


STOP = "stop: a `threading.Event`: when another thread sets it, the call ends within a quarter of a second."
"""What a call that does its work before it returns has besides."""

CALLS = (
    Call(
        "ping",
        PingRequest,
        "PingRun",
        None,
        1,
        {"targets": ("Targets", "target_texts(targets)")},
        """
from rawkit.api.ping import PingRequest, PingRun
from rawkit.api.words import Targets, target_texts
from rawkit.run.ping.options import MethodName, Version
""",
        """Sends probes to targets, and times the answers by the kernel's own clock.

Nothing is sent before the run that it gives is iterated over, or told to `wait`; its results are
`rawkit.PingResult`, its `summaries` what each target did. The words are those of `rawkit ping`, and so are the
defaults: without `count` it goes on until somebody calls `stop`. Times that are asked for are seconds, those that
are told integers of nanoseconds (`rtt_ns`).""",
        """Raises RawkitError for what cannot be asked, PrivilegeError for what only root may, TargetError where none of
the targets is one; those of several that are none are in `troubles`. Iterating raises PrivilegeError where the
user may not have the sockets. An answer that does not come is a result, and no error.

>>> import rawkit
>>> run = rawkit.ping("127.0.0.1", method="udp", count=2, interval=0.01)
>>> [(result.kind, result.seq) for result in run]
[('reply', 1), ('reply', 2)]
>>> run.summaries[0].received, run.summaries[0].loss_percent
(2, 0.0)
>>> rawkit.ping("127.0.0.1", ttl=300)
Traceback (most recent call last):
rawkit.errors.RawkitError: -t 300: give a number from 1 to 255""",
    ),
    Call(
        "scan",
        ScanRequest,
        "ScanRun",
        None,
        2,
        {
            "targets": ("Targets", "target_texts(targets)"),
            "ports": ("Ports | None", "port_text(ports)"),
            "resume": ("Path | str | None", "None if resume is None else Path(resume)"),
        },
        """
from pathlib import Path
from typing import Literal

from rawkit.api.scan import ScanRequest, ScanRun
from rawkit.api.words import Ports, Targets, port_text, target_texts
""",
        """Finds open ports, with nmap's verdicts.

Nothing is sent before the run that it gives is iterated over, or told to `wait`; its results are
`rawkit.PortVerdict`, in the order in which they become known. The words are those of `rawkit synscan`, and so are
the defaults. Times that are asked for are seconds, those that are told integers of nanoseconds (`rtt_ns`). It
takes CAP_NET_RAW.""",
        """Raises RawkitError for what cannot be asked, MissingError where no ports or no targets are named, TargetError
for what is no target. Iterating raises PrivilegeError without CAP_NET_RAW, TargetError where no host is up; targets
that nothing can be sent to are in `skipped`.

>>> import rawkit
>>> run = rawkit.scan(["192.0.2.20", "192.0.2.30-31"], range(80, 83))
>>> len(run.scope.ports), sum(map(len, run.scope.ranges))
(3, 3)
>>> rawkit.scan("192.0.2.20", 80, kind="x")
Traceback (most recent call last):
rawkit.errors.RawkitError: kind 'x': give one of syn, udp, ack, fin, null, xmas, maimon""",
    ),
    Call(
        "replay",
        ReplayRequest,
        "ReplayRun",
        "Replayed",
        2,
        {
            "path": ("Path | str", "path"),
            "map_ip": ("Texts", "map_ip"),
            "map_mac": ("Texts", "map_mac"),
            "map_port": ("Texts", "map_port"),
            "clients": ("Targets", "clients"),
        },
        """
from pathlib import Path
from threading import Event

from rawkit.api.replay import Replayed, ReplayRun, request_of
from rawkit.api.words import Targets, Texts
from rawkit.run.send.request import Tx
""",
        """Sends the frames of a capture file again, and returns what came of it when the last has left.

They leave at the times at which they were recorded, or at a rate. Checksums are mended where addresses or ports are
replaced; one that was wrong stays wrong. The words are those of `rawkit replay`, and so are the defaults; times
are seconds. It takes CAP_NET_RAW. Ctrl-C raises KeyboardInterrupt.""",
        """Raises RawkitError for what cannot be asked, TargetError for an interface that is not there or is down,
FilterError for a filter that libpcap does not take, PrivilegeError without CAP_NET_RAW, CaptureError for a file
that cannot be read, SendError where no frame of it can be sent.

>>> import rawkit
>>> try:
...     came = rawkit.replay("captures/dns.pcap", "lo", top=True, map_ip="192.0.2.0/24=198.51.100.0/24", count=2)
...     print(came.sent.frames, came.left_out.large, came.remarks)
... except rawkit.RawkitError:  # not everyone may
...     print(2, 0, ())
2 0 ()
>>> rawkit.replay("captures/dns.pcap", "lo", loop_delay=1)
Traceback (most recent call last):
rawkit.errors.RawkitError: --loop-delay is between two rounds: it needs --loop""",
    ),
)


def ping(_: str) -> str:
    """The file of `rawkit.ping`."""
    return _module(CALLS[0], "rawkit/run/ping/request.py")


def scan(_: str) -> str:
    """The file of `rawkit.scan`."""
    return _module(CALLS[1], "rawkit/run/scan/request.py")


def replay(_: str) -> str:
    """The file of `rawkit.replay`."""
    return _module(CALLS[2], "rawkit/run/replay/request.py")


def _module(call: Call, source: str) -> str:
    doc = f'"""`rawkit.{call.name}`: a function with the words of its request."""'
    return python(source, f"{doc}\n\nfrom __future__ import annotations\n{call.imports}\n\n{_function(call)}")


def _function(call: Call) -> str:
    typed = [_word(call, one) for one in fields(call.request)]
    passed = [f"{one.name}={call.eased.get(one.name, ('', one.name))[1]}" for one in fields(call.request)]
    told = _told(call)
    asked = call.request.__name__ if call.gives is None else "request_of"
    made = f"{call.run}({asked}({', '.join(passed)})"
    body = f"    return {made})\n"
    if call.gives is not None:
        typed.append("stop: Event | None = None")
        told += f"\n{STOP}"
        body = f"    with {made}, stop) as run:\n        run.go()\n    return run.result\n"
    told = "\n\n".join([call.begin, f"Args:\n{indent(told, '    ')}", call.end])
    words = ", ".join([*typed[: call.positional], "*", *typed[call.positional :]])
    return (
        f'def {call.name}({words}) -> {call.gives or call.run}:\n    """{indent(told, "    ").strip()}\n    """\n{body}'
    )


def _word(call: Call, one: Field[Any]) -> str:
    typed = f"{one.name}: {call.eased.get(one.name, (one.type,))[0]}"
    return typed if one.default is MISSING else f"{typed} = {one.default!r}"


def _told(call: Call) -> str:
    """What the request's docstring says of its words, as it stands there."""
    text = inspect.cleandoc(call.request.__doc__ or "")
    found = re.search(r"^Attributes:\n(.*?)\n\n", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    return dedent(found[1])
