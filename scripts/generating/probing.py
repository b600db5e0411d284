"""`rawkit.ping` and `rawkit.scan`: functions with the words of their requests, which say what each word means."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, fields
from textwrap import dedent, indent
from typing import Any

from generating.text import python
from rawkit.run.ping.request import PingRequest
from rawkit.run.scan.request import ScanRequest


@dataclass(frozen=True, slots=True)
class Call:
    """A function.

    Attributes:
        name: its name.
        request: whose words it has.
        run: what it gives.
        positional: how many words may stand without their names.
        eased: words that Python may give in other forms: type, and what makes the request's of it.
        imports: what that takes.
        begin, end: its docstring before and after the words.
    """

    name: str
    request: type[Any]
    run: str
    positional: int
    eased: dict[str, tuple[str, str]]
    imports: str
    begin: str
    end: str


CALLS = (
    Call(
        "ping",
        PingRequest,
        "PingRun",
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
)


def ping(_: str) -> str:
    """The file of `rawkit.ping`."""
    return _module(CALLS[0], "rawkit/run/ping/request.py")


def scan(_: str) -> str:
    """The file of `rawkit.scan`."""
    return _module(CALLS[1], "rawkit/run/scan/request.py")


def _module(call: Call, source: str) -> str:
    doc = f'"""`rawkit.{call.name}`: a function with the words of its request."""'
    return python(source, f"{doc}\n\nfrom __future__ import annotations\n{call.imports}\n\n{_function(call)}")


def _function(call: Call) -> str:
    words = [one.name for one in fields(call.request)]
    typed = [
        f"{one.name}: {call.eased.get(one.name, (one.type,))[0]} = {one.default!r}" for one in fields(call.request)
    ]
    passed = [f"{name}={call.eased[name][1] if name in call.eased else name}" for name in words]
    told = "\n\n".join([call.begin, f"Args:\n{indent(_told(call), '    ')}", call.end])
    return (
        f"def {call.name}({', '.join([*typed[: call.positional], '*', *typed[call.positional :]])}) -> {call.run}:\n"
        f'    """{indent(told, "    ").strip()}\n    """\n'
        f"    return {call.run}({call.request.__name__}({', '.join(passed)}))\n"
    )


def _told(call: Call) -> str:
    """What the request's docstring says of its words, as it stands there."""
    text = inspect.cleandoc(call.request.__doc__ or "")
    found = re.search(r"^Attributes:\n(.*?)\n\n", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    return dedent(found[1])
