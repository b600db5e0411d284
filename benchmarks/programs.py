"""Our own programs in the contests: rawkit as users call it, loops around libraries, C programs built on the spot."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from benchmarks.captures import folder
from benchmarks.contest import Command

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parent
BUILDS: Final = {
    "burst": ("cc", "-O2", "-o", "{out}", "{source}"),
    "echo": ("cc", "-O2", "-o", "{out}", "{source}"),
    "walk": ("cc", "-O2", "-o", "{out}", "{source}"),
    "xdp": ("cc", "-O2", "-o", "{out}", "{source}"),
    "tins": ("c++", "-O2", "-o", "{out}", "{source}", "-ltins", "-lpcap"),
}


def rawkit(*arguments: str) -> tuple[str, ...]:
    """The command line of this checkout, without the shell script in front."""
    return (sys.executable, "-m", "rawkit", *arguments)


def sniff(*options: str) -> Command:
    """`rawkit sniff -r CAPTURE OPTIONS`."""
    return lambda path: rawkit("sniff", "-r", str(path), *options)


def libraries() -> Path:
    """The Python that has the peers' libraries; ours, which has dpkt and scapy, where the short form made no other."""
    python = ROOT / ".venv-bench" / "bin" / "python"
    return python if python.exists() else Path(sys.executable)


def loop(name: str) -> Command:
    """A loop of benchmarks/loops/, run by the Python that has the peers' libraries."""
    return lambda path: (str(libraries()), str(HERE / "loops" / f"{name}.py"), str(path))


def built(name: str) -> Command:
    """A program of benchmarks/c/, compiled when its source is newer; without a compiler it counts as not installed."""
    (source,) = (HERE / "c").glob(f"{name}.c*")
    out = folder() / name
    if not out.exists() or out.stat().st_mtime < source.stat().st_mtime:
        _build([part.format(out=out, source=source) for part in BUILDS[name]])
    return lambda path: (str(out), str(path))


def _build(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return
