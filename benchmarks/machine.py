"""Where and with what the figures were taken: processor, kernel, load, and the versions of all programs."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.programs import libraries

PACKAGES: Final = (
    "tcpdump", "tshark", "tcptrace", "argus-server", "argus-client", "libtins-dev", "nmap", "masscan", "zmap", "hping3",
    "fping", "iputils-ping", "netsniff-ng", "tcpreplay", "gcc",
)  # fmt: skip
OURS: Final = ("rawkit", "numba", "numpy")
LIBRARIES: Final = ("dpkt", "pypacker", "nfstream", "scapy")


def describe() -> Mapping[str, str]:
    """The machine in a few words each."""
    return {
        "processor": f"{os.cpu_count()} x {_field('/proc/cpuinfo', 'model name')}",
        "memory": f"{int(_field('/proc/meminfo', 'MemTotal').split()[0]) / 1e6:.0f} GB",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": sys.version.split()[0],
    }


def load() -> str:
    """Processes that wanted a processor, on average over the last minute: over 0.5 beside the jobs, figures are rough.

    >>> float(load()) >= 0
    True
    """
    return Path("/proc/loadavg").read_text().split()[0]


def versions() -> Mapping[str, str]:
    """Versions of rawkit and its parts, of the Debian packages and the Python libraries that are compared with."""
    return {**{name: version(name) for name in OURS}, **_packages(), **_libraries()}


def _field(path: str, name: str) -> str:
    lines = (line.partition(":") for line in Path(path).read_text().splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == name), "unknown 0")


def _packages() -> Mapping[str, str]:
    """What dpkg says, where there is one."""
    return _pairs(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *PACKAGES])


def _libraries() -> Mapping[str, str]:
    script = "from importlib.metadata import distributions as all; [print(one.name, one.version) for one in all()]"
    found = _pairs([str(libraries()), "-c", script])
    return {name: found[name] for name in LIBRARIES if name in found}


def _pairs(command: list[str]) -> Mapping[str, str]:
    try:
        text = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return {}
    return dict(line.split(maxsplit=1) for line in text.splitlines() if " " in line.strip())
