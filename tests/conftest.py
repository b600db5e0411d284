"""What all tests share: the captures, the command line called in this process, kernels, tests that run alone, and no
silent skips in CI."""

from __future__ import annotations

import fcntl
import gc
import io
import os
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import hypothesis
import pytest

from tests import tshark
from tests.forked import Server
from tests.tshark import Answer

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared" / "corpus"
collect_ignore = ["sample_project"]  # a user's: tests/testing runs it
NEEDED_IN_CI = ("root", "netns", "referee")
REFEREES = frozenset(("tshark", "tshark_answer", "tcpdump", "tshark_values", "fields_of"))
TURNS = pytest.StashKey[Path]()
SERVER = pytest.StashKey[Server]()
DOOR, ROOM = 0, 1

# A deadline by the clock fails where other work runs on the same machine; what is tested is not time.
# CI tries four times as many examples.
hypothesis.settings.register_profile("rawkit", deadline=None, max_examples=100 if os.environ.get("CI") else 25)
hypothesis.settings.load_profile("rawkit")


def captures() -> list[Path]:
    return sorted((ROOT / "captures").glob("*.pcap*"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `capture_path` runs once for each file in captures/."""
    if "capture_path" in metafunc.fixturenames:
        metafunc.parametrize("capture_path", captures(), ids=lambda path: path.name)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Seventeen thousand tests are millions of objects that stay: nobody looks for cycles in them, then or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, None, None]:
    """A test that asks a fixture for a referee needs it, also where nobody marked it; those that run alone are last.

    At the end nobody waits for them: the other workers have nothing else to do.
    """
    for item in items:
        if REFEREES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("referee")
    yield
    items.sort(key=runs_alone)


def runs_alone(item: pytest.Item) -> bool:
    return item.get_closest_marker("alone") is not None


def pytest_configure(config: pytest.Config) -> None:
    """The file that workers of one run (pytest-xdist) take turns by: made by the process that starts them."""
    given = getattr(config, "workerinput", None)
    if given is not None:
        config.stash[TURNS] = Path(given["turns"])
    elif config.getoption("tx", None):
        descriptor, name = tempfile.mkstemp(prefix="rawkit-turns-")
        os.close(descriptor)
        config.stash[TURNS] = Path(name)
        config.add_cleanup(Path(name).unlink)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a worker where the file is."""
    node.workerinput["turns"] = str(node.config.stash[TURNS])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """While a test marked `alone` runs, no other worker runs any: it measures time, or needs the processors.

    Such a test, and one marked `fresh`, starts programs from nothing.
    """
    turns = item.config.stash.get(TURNS, None)
    with ExitStack() as stack:
        if turns is not None:
            stack.enter_context(turn(turns, alone=runs_alone(item)))
        if not runs_alone(item) and item.get_closest_marker("fresh") is None:
            stack.enter_context(forking(item.config))
        return (yield)


def forking(config: pytest.Config) -> AbstractContextManager[object]:
    """While it is entered, programs of rawkit are forks of one that has loaded everything, one for each worker."""
    if (server := config.stash.get(SERVER, None)) is None:
        server = config.stash[SERVER] = Server()
        config.add_cleanup(server.close)
    return server.in_use()


@contextmanager
def turn(path: Path, *, alone: bool) -> Iterator[None]:
    """Enters beside others, or when all others have left; who waits to be alone lets nobody else in meanwhile.

    Two locks on parts of one file (fcntl(2)): the first byte is the door, the second the room. A process that ends
    lets go of both.
    """
    with path.open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX, 1, DOOR)
        fcntl.lockf(file, fcntl.LOCK_EX if alone else fcntl.LOCK_SH, 1, ROOM)
        fcntl.lockf(file, fcntl.LOCK_UN, 1, DOOR)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With RAWKIT_NO_SKIPS=1 (in CI) a skipped test that shows what nothing else does is a failed one."""
    report = yield
    if os.environ.get("RAWKIT_NO_SKIPS") == "1" and report.skipped and not hasattr(report, "wasxfail"):
        needed = [name for name in NEEDED_IN_CI if item.get_closest_marker(name)]
        if needed and not (item.get_closest_marker("corpus") and not CORPUS.exists()):
            report.outcome = "failed"
            report.longrepr = (
                f"skipped, but RAWKIT_NO_SKIPS=1 wants the tests marked {', '.join(needed)}: {report.longrepr}"
            )
    return report


class Finished(NamedTuple):
    """What one call of the command line did."""

    code: int
    out: bytes
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.decode().splitlines()


@contextmanager
def staying_root() -> Iterator[None]:
    """Commands that are called in this process give up nothing: other tests need it, and it would be for good."""
    with (
        patch("rawkit.sockets.privileges.drop", lambda *_, **__: None),
        patch("rawkit.sockets.privileges.has_any", lambda: False),
    ):
        yield


@pytest.fixture
def root_stays() -> Iterator[None]:
    """For tests that call the command line in this process by themselves."""
    with staying_root():
        yield


def call_rawkit(*arguments: str | Path) -> Finished:
    from rawkit.cli.main import run

    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), staying_root():
        code = run([str(argument) for argument in arguments])
        out.flush()
    return Finished(code, out.buffer.getvalue(), err.getvalue())  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def rawkit() -> Callable[..., Finished]:
    """Calls the command line in this process: `rawkit("sniff", "-r", path)`."""
    return call_rawkit


@pytest.fixture(scope="session")
def sniff() -> Callable[..., Finished]:
    """Calls `rawkit sniff -r PATH`, interpreted: for a small capture loading the compiler takes longer."""

    def call(path: Path, *options: str) -> Finished:
        return call_rawkit("sniff", "-r", path, "--kernels", "interpreted", *options)

    return call


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def capture_paths() -> Sequence[Path]:
    """All files in captures/."""
    return captures()


@pytest.fixture(scope="session")
def lab_up() -> Callable[[str], AbstractContextManager[Any]]:
    """Starts a scenario for as long as it is entered; the test is skipped where the machine has no namespaces."""
    from rawkit.errors import PrivilegeError
    from rawkit.lab import Lab

    def start(name: str) -> AbstractContextManager[Lab]:
        try:
            return Lab.from_spec(name)
        except PrivilegeError as error:
            pytest.skip(str(error))

    return start


@pytest.fixture(scope="session")
def tshark_answer(pytestconfig: pytest.Config) -> Callable[..., Answer]:
    """What tshark says of a file: `tshark_answer(path)`."""
    return partial(tshark.ask, cache_folder=pytestconfig.cache.mkdir("tshark"))


@pytest.fixture(scope="session")
def interpreted() -> object:
    """An engine that runs kernels as they stand."""
    from rawkit.kernels import Engine

    return Engine("interpreted")


@pytest.fixture(scope="session")
def compiled() -> object:
    """An engine that runs kernels compiled, one for the process: what it compiled stays compiled."""
    pytest.importorskip("numba")
    from rawkit.kernels import Engine

    return Engine("compiled")
