"""Where a scan begins: anew, or where its file says that it was ended."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from rawkit.errors import TargetError
from rawkit.probe.scan.kinds import KINDS
from rawkit.run.pace import Allowance
from rawkit.run.scan.request import ScanRequest, shard_of
from rawkit.run.scan.resume import ScanCourse, load
from rawkit.run.scan.scope import ScanScope
from rawkit.run.scan.setup import Ground, check, survey
from rawkit.run.scan.ways import Asked
from rawkit.sockets.closing import Closing, closed_aside
from rawkit.sockets.pausing import Steps
from rawkit.values import dataclass, replace
from rawkit.wire.address import IPAddress


@dataclass(frozen=True, slots=True)
class Start:
    """What is known before the first probe.

    Attributes:
        course: what a scan has in common with its first part.
        ground: which hosts are there, and the ways to them.
        begun: whether there was a first part.
        asked: frames that were sent to find the hosts.
    """

    course: ScanCourse
    ground: Ground
    begun: bool
    asked: int = 0


def find_start(
    request: ScanRequest, scope: ScanScope, is_stopped: Callable[[], bool] = bool, closing: Closing = closed_aside
) -> Steps[Start]:
    """Asks which hosts are there, or reads which were; where `is_stopped` says so, some have not been asked.

    Args:
        request: what is asked.
        scope: its ports and addresses.
        is_stopped: whether somebody wants it to end.
        closing: as of `Allowance`.

    Raises TargetError where none is up, or the file is of another scan, CaptureError where it cannot be read.
    """
    asked = Asked(request.interface, None if request.source_ip is None else _address(request.source_ip))
    allowance = Allowance(request.fastest(), is_stopped, closing)
    mark = _mark(request, scope)
    shard = shard_of(request.shard)
    course = load(request.resume, mark, scope.ranges, shard) if request.resume else None
    if course is not None:
        ground = yield from survey(course.address_ranges(), asked, allowance, keep_silent=True)
        start = Start(course, ground, begun=True)
    else:
        ground = yield from survey(
            scope.ranges,
            asked,
            allowance,
            find=not request.skip_discovery,
            by_address=KINDS[request.kind].is_udp,
        )
        kept = [(str(one.first), str(one.last), one.scope) for one in ground.ranges]
        course = ScanCourse(mark, kept, request.seed_or_any(), request.source_port, shard, ground.down)
        start = Start(course, ground, begun=False)
    if not is_stopped():
        check(start.ground, asked=not request.skip_discovery)
    return replace(start, asked=allowance.sent)


def _mark(request: ScanRequest, scope: ScanScope) -> list[str]:
    """What is asked, in words to be compared with those in the file."""
    asked = (scope.ranges, request.ports, request.top_ports, request.shard, request.seed)
    return [*map(str, asked), request.kind, "host by host" if request.whole_hosts else "line by line"]


def _address(text: str) -> IPAddress:
    try:
        return ip_address(text)
    except ValueError:
        raise TargetError(f"--source-ip {text}: give an address of this host") from None
