"""Holds a lab in the background, run as a program: `python -m rawkit.lab.holder FOLDER NAME SPEC`.

SPEC is a TOML file. It writes a line, `ready` or why not, and takes the lab down at SIGTERM. Should it be
killed, the kernel takes the lab down, and its file in FOLDER, which is not locked any more, tells so.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rawkit.errors import RawkitError
from rawkit.lab.lab import Lab
from rawkit.lab.modules import READY
from rawkit.lab.parts import HostSpec
from rawkit.lab.privileges import ensure_namespaces
from rawkit.lab.record import HostRecord, LabRecord
from rawkit.lab.state import StateFile, log_path


def main(arguments: Sequence[str]) -> int:
    """Holds the lab until SIGTERM comes."""
    folder, name, spec = Path(arguments[0]), arguments[1], Path(arguments[2])
    signal.signal(signal.SIGTERM, _end)
    try:
        file = StateFile(folder, name)
        try:
            with _logged(log_path(folder, name)):
                _hold(file, name, spec)
        finally:
            file.remove()
    except RawkitError as error:
        print(error, flush=True)  # noqa: T201
    return 2


def _end(_number: int, _frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(0)


@contextmanager
def _logged(path: Path) -> Iterator[None]:
    """Writes all complaints to a file, which is kept where the end is one that nobody expected."""
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    os.dup2(log, sys.stderr.fileno())
    os.close(log)
    try:
        yield
    except (RawkitError, SystemExit):
        path.unlink(missing_ok=True)
        raise


def _hold(file: StateFile, name: str, spec: Path) -> None:
    ensure_namespaces()  # this process is the lab's own: others enter it by its namespaces
    with Lab.from_spec(spec) as lab:
        file.write(record_of(name, lab))
        print(READY, flush=True)  # noqa: T201
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        while True:
            signal.pause()


def record_of(name: str, lab: Lab) -> LabRecord:
    """What is written down of a lab that this process holds."""
    hosts = tuple(
        HostRecord(host.name, tuple(map(str, host.addresses)), _services(spec), host.namespaces)
        for host, spec in zip(lab.hosts.values(), lab.spec.hosts, strict=True)
    )
    return LabRecord(name, lab.spec.description, os.getpid(), os.readlink("/proc/self/ns/pid"), hosts)


def _services(spec: HostSpec) -> tuple[str, ...]:
    rejects = {service.port: f" {service.answer}" for service in spec.services if service.kind == "reject"}
    return tuple(f"{service.kind} {service.port}{rejects.get(service.port, '')}" for service in spec.services)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
