"""The pytest plugin: captures, labs and golden files as fixtures.

pytest loads it in every run on a machine where rawkit is installed, so it imports nothing of rawkit before a test asks
for a fixture.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from rawkit.api.lab import Lab, LabHost
    from rawkit.api.replay import Sent
    from rawkit.lab.spec import LabSpec
    from rawkit.testing.golden import Golden
    from rawkit.testing.recorded import Recorded

    Path = str | os.PathLike[str]

UPDATE: Final = "--update-golden"
KEPT: Final = "--rawkit-failures"
CAPTURES: Final = "rawkit_captures"
_SNIFFED: Final = pytest.StashKey["list[Recorded]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, and the setting that says where captures are."""
    group = parser.getgroup("rawkit", "rawkit: captures as tests")
    group.addoption(UPDATE, action="store_true", help="write golden files anew; read what changed before you commit")
    group.addoption(
        KEPT, metavar="FOLDER", default=None,
        help="copy what failed tests sniffed there (default: into pytest's cache folder)",
    )  # fmt: skip
    parser.addini(CAPTURES, "folders with captures, beside that of the test", type="paths", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """In CI golden files are compared and nothing else: a test there must not make what it is held to."""
    if config.getoption(UPDATE) and os.environ.get("CI"):
        raise pytest.UsageError(f"{UPDATE} does nothing in CI (CI is set): write golden files at home, and commit them")


@pytest.fixture
def capture(request: pytest.FixtureRequest) -> Callable[[Path], Recorded]:
    """Opens a capture: `capture("office.pcap").handshakes`.

    A relative path is looked for beside the test, in the folders of the setting `rawkit_captures`, and in pytest's
    root folder. What it gives has `packets`, `flows`, `handshakes`, `teardowns` and `udp`: lists, made when asked for;
    and `expect("none(packets, tcp.analysis.retransmission)")`, which fails the test where that does not hold.
    """
    from rawkit.testing.recorded import Recorded, found

    def recorded(path: Path) -> Recorded:
        return Recorded(found(path, _folders(request)))

    return recorded


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Iterator[Callable[[str | Path | LabSpec], Lab]]:
    """Builds a network that is taken down after the test: `lab("pair")["client"].ping("server", count=1)`.

    It takes what `rawkit.Lab` takes; a text that ends in .toml is a file, beside the test where it is relative. It
    needs no root where the system has user namespaces, and the process stays who and where it is.
    """
    from rawkit.api.lab import Lab
    from rawkit.testing.recorded import scenario

    with ExitStack() as stack:

        def built(spec: str | Path | LabSpec) -> Lab:
            return stack.enter_context(Lab(scenario(spec, request.path.parent)))

        yield built


@pytest.fixture
def sniffed(request: pytest.FixtureRequest, tmp_path: Any) -> Callable[..., AbstractContextManager[Recorded]]:
    """Records what goes over a host's link while its block runs: `with sniffed(network["server"]) as seen: ...`.

    Args of what it gives: the host; its interface (`eth0`); `filter`, in tcpdump's language. After the block `seen` is
    as what `capture` gives. If the test fails, the file is kept, and the report says where, and what was in it.
    """
    from rawkit.testing.sniffing import Sniffed

    mine = request.node.stash.setdefault(_SNIFFED, [])

    def begin(host: LabHost, interface: str = "eth0", filter: str | None = None) -> AbstractContextManager[Recorded]:
        return Sniffed(host, interface, filter, tmp_path / f"{len(mine) + 1}-{host.name}-{interface}.pcap", mine)

    return begin


@pytest.fixture
def replayed(request: pytest.FixtureRequest) -> Callable[..., Sent]:
    """Sends a capture's frames into a lab: `replayed("scan.pcap", network["client"], pps=1000)`.

    Args of what it gives: the capture, looked for as by `capture`; the host that sends it; its interface (`eth0`); and
    what `rawkit replay` takes, in its words (`speed`, `pps`, `top`, `loop`, `map_ip`, `to_link` ...). Without one that
    says how fast, frames go out as far apart as they were recorded. It gives what was sent.
    """
    from rawkit.testing.recorded import found
    from rawkit.testing.replaying import replay

    def send(path: Path, host: LabHost, interface: str = "eth0", **options: Any) -> Sent:
        sent: Sent = host.call(replay, str(found(path, _folders(request))), interface, options)
        return sent

    return send


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compares with a file beside the test, `golden/MODULE/TEST.txt`: `golden(capture("office.pcap"))`.

    Of a capture the file has its handshakes, teardowns, UDP exchanges and flows, without what is another each time. A
    text is compared as it is. `--update-golden` writes the file, but never in CI.
    """
    from rawkit.testing.golden import Golden

    name = request.node.name
    folder = request.path.parent / "golden" / request.path.stem
    return Golden(folder, name, update=request.config.getoption(UPDATE))


def _folders(request: pytest.FixtureRequest) -> list[Any]:
    """Where captures are looked for."""
    return [request.path.parent, *request.config.getini(CAPTURES), request.config.rootpath]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keeps what a failed test sniffed, and says in the report what that was."""
    report = yield
    if report.failed and (seen := item.stash.get(_SNIFFED, None)):
        from rawkit.testing.evidence import kept

        report.sections.extend(kept(item, seen, item.config.getoption(KEPT)))
        seen.clear()
    return report


def pytest_assertrepr_compare(op: str, left: object, right: object) -> Sequence[str] | None:
    """Of two lists of events says what differs, event by event, field by field."""
    if op != "==" or not (isinstance(left, list) and isinstance(right, list)):
        return None
    if not all(type(one).__module__.startswith("rawkit.") for one in (*left[:1], *right[:1])) or not left + right:
        return None
    from rawkit.testing.differences import explained

    return explained(left, right)
