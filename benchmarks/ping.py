"""`rawkit ping` beside iputils' ping and fping, in one run, in the lab: round trips, start, a /20, a hundred targets.

    python -m benchmarks.ping [--runs 5] [rtt] [start] [sweep] [hundred]

Needs root (or user namespaces), ping and tcpdump; fping is installed with apt-get where it is missing and that is
possible. The tools take turns, so many times as `--runs` says, after one that does not count. Times are those of whole
processes, CPU times those of the process alone, user and system together.

Physical limits of a round trip: a program in C (c/echo.c), by the same stamps of the kernel, once at the same interval
(`spinning`), once without a pause (`limit`). Like it, rawkit and iputils' ping do not sleep at an interval of 2 ms: the
processor is ready, at the price of all of it; fping sleeps. ping and fping print whole microseconds: their medians are
those of grouped data.

In the sweep fping sends its retries on top of its rate: asked for 1,000 a second it sent up to 1,400 in a second, and
took 11.6 s, where 10,238 packets at 1,000 a second and the last timeout are 11.9 s.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import json
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.programs import built
from rawkit.lab import Faults, Host, Lab, LabSpec, scenarios

SERVER = "192.0.2.20"
REPLIES = "icmp[icmptype]==icmp-echoreply"
SWEEP = "198.18.0.0/20"
ALIVE_HALF, SILENT_HALF = "198.18.0.0/21", "198.18.8.0/21"
RAWKIT = (sys.executable, "-m", "rawkit", "ping")

# Runs the command behind it, and says at the end how long it took: seconds, and seconds of CPU.
MEASURE = (
    "import resource, subprocess, sys, time; begin = time.perf_counter();"
    "code = subprocess.run(sys.argv[1:]).returncode; took = time.perf_counter() - begin;"
    "used = resource.getrusage(resource.RUSAGE_CHILDREN);"
    "print(code, took, used.ru_utime + used.ru_stime, file=sys.stderr)"
)


@dataclass(frozen=True)
class Measured:
    """What a command printed, and what it took.

    Attributes:
        out, err: its output.
        took, cpu: seconds.
    """

    out: str
    err: str
    took: float
    cpu: float


def measure(host: Host, command: Sequence[str]) -> Measured:
    """Runs a command in a host; no answer from some is no error of a pinger's, and exit code 1."""
    done = host.run([sys.executable, "-c", MEASURE, *command])
    *errors, last = done.stderr.splitlines()
    code, took, cpu = last.split()
    if int(code) not in (0, 1) or any(line.startswith("Traceback") for line in errors):
        raise SystemExit(f"{' '.join(command)} ended with {code}: {errors[-1:]}")
    return Measured(done.stdout, "\n".join(errors), float(took), float(cpu))


def install_fping() -> bool:
    """Whether fping is there, or could be installed."""
    if shutil.which("fping") is None and shutil.which("apt-get") is not None:
        subprocess.run(["apt-get", "install", "-y", "-q", "fping"], stdout=subprocess.DEVNULL, check=False)
    return shutil.which("fping") is not None


@contextmanager
def network(faults: Faults | None = None) -> Iterator[Lab]:
    """A client and a server that has a /21 of addresses, and swallows what goes to the next /21."""
    spec = scenarios.load("pair")
    if faults is not None:
        spec = with_faults(spec, faults)
    with Lab(spec) as lab:
        lab["server"].run(["ip", "addr", "add", ALIVE_HALF, "dev", "lo"], check=True)
        lab["server"].run(["ip", "route", "add", "blackhole", SILENT_HALF], check=True)
        lab["client"].run(["ip", "route", "add", SWEEP, "via", SERVER], check=True)
        lab["client"].run(["ping", "-c", "1", "-W", "5", SERVER], check=True)
        yield lab


def with_faults(spec: LabSpec, faults: Faults) -> LabSpec:
    """The spec with a middlebox on its first link."""
    return replace(spec, links=(replace(spec.links[0], faults=faults), *spec.links[1:]))


def in_turn(names: Iterable[str], runs: int, run: Callable[[str], Any]) -> dict[str, list[Any]]:
    """What each had in its runs, A B A B, after a round to warm up."""
    found: dict[str, list[Any]] = {name: [] for name in names}
    for _ in range(runs + 1):
        for name, had in found.items():
            had.append(run(name))
    return {name: had[1:] for name, had in found.items()}


def figures(values: Sequence[float], digits: int = 3) -> str:
    """The median of some figures, and the least and greatest.

    >>> figures([3.0, 1.0, 2.0])
    '2.000 (1.000 to 3.000)'
    """
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def rtt(fping: bool, runs: int) -> None:
    """The median of 1,000 echoes at 2 ms over a veth."""
    tools: dict[str, tuple[list[str], Callable[[Measured], float]]] = {
        "rawkit": ([*RAWKIT, "-c", "1000", "-i", "0.002", "--format", "json", SERVER], json_median),
        "iputils": (["ping", "-n", "-c", "1000", "-i", "0.002", SERVER], line_median),
    }
    if fping:
        tools["fping"] = (["fping", "-q", "-C", "1000", "-p", "2", SERVER], table_median)
    limit, *_ = built("echo")(Path())
    if Path(limit).exists():
        tools["spinning"] = ([limit, SERVER, "1000", "2000"], limit_median)
        tools["limit"] = ([limit, SERVER, "1000"], limit_median)
    with network() as lab:

        def median_time(name: str) -> float:
            command, times = tools[name]
            return times(measure(lab["client"], command))

        medians = in_turn(tools, runs, median_time)
    print(f"median round trip over a veth, 1,000 echoes at 2 ms (microseconds, {runs} rounds)")
    for name, values in medians.items():
        print(f"  {name:9}{figures(values, 2)}")


def json_median(done: Measured) -> float:
    """Microseconds from rawkit's JSON."""
    found = map(json.loads, done.out.splitlines())
    return statistics.median(one["rtt_ns"] / 1000 for one in found if one["type"] == "reply")


def line_median(done: Measured) -> float:
    """Microseconds from ping's lines, which are whole: n stands for n - 0.5 to n + 0.5.

    It is the difference of two clock readings whose nanoseconds were cut off, one up, one down.

    >>> lines = "time=0.004 ms\\n" * 3 + "time=0.005 ms\\n" * 2
    >>> round(line_median(Measured(lines, "", 0, 0)), 2)
    4.33
    """
    return statistics.median_grouped(float(text) * 1000 for text in re.findall(r"time=([\d.]+) ms", done.out))


def table_median(done: Measured) -> float:
    """Microseconds from fping's table, rounded to whole ones."""
    return statistics.median_grouped(float(text) * 1000 for text in done.err.partition(" : ")[2].split() if text != "-")


def limit_median(done: Measured) -> float:
    """Microseconds from the nanoseconds of c/echo.c."""
    return statistics.median(map(int, done.out.split())) / 1000


def start(fping: bool, runs: int) -> None:
    """A single echo to the loopback address, as a whole process; three times as many runs, since they are short."""
    commands = {"rawkit": [*RAWKIT, "-c", "1", "127.0.0.1"], "iputils": ["ping", "-c", "1", "127.0.0.1"]}
    if fping:
        commands["fping"] = ["fping", "-c", "1", "127.0.0.1"]
    times = in_turn(commands, 3 * runs, lambda name: seconds(commands[name]))
    print("one echo to the loopback address, whole process (seconds)")
    for name, taken in times.items():
        print(f"  {name:8} {figures(taken)}")


def seconds(command: Sequence[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def sweep(fping: bool, runs: int) -> None:
    """Which of 4,094 addresses are alive, with the same time-out, retries and rate; without loss and with 5%.

    The rate is one that leaves the tools some work: at 1,000 a second the 10,238 packets alone take 10.2 s.
    """
    ours = [*RAWKIT, "--alive", "-W", "0.5", "--retries", "3", "--backoff", "1.5", "--rate", "5000", SWEEP]
    theirs = ["fping", "-a", "-q", "-t", "500", "-r", "3", "-B", "1.5", "-i", "0.2", "-g", SWEEP]
    commands = {"rawkit": ours, "fping": theirs} if fping else {"rawkit": ours}
    for name, faults in (("no loss", None), ("5% lost", Faults(loss=0.05, seed=1))):
        print(f"{SWEEP}, half of it silent, 500 ms, 3 retries, 5,000 packets a second, {name}")
        sweep_over(faults, commands, runs)


def sweep_over(faults: Faults | None, commands: Mapping[str, Sequence[str]], runs: int) -> None:
    """One line a tool."""
    with network(faults) as lab:
        found = in_turn(commands, runs, lambda tool: swept(lab, commands[tool], faults))
    for tool, done in found.items():
        print(f"  {tool:8} {sweeps(done)}")
    if len(found) > 1:
        print(f"  the same hosts: {len({frozenset(one.out.split()) for done in found.values() for one in done}) == 1}")


def swept(lab: Lab, command: Sequence[str], faults: Faults | None) -> Measured:
    """A sweep, in which the middlebox draws the same losses as in the others."""
    if faults is not None:
        lab.middlebox().change(faults)
    return measure(lab["client"], command)


def sweeps(done: Sequence[Measured]) -> str:
    """What the sweeps of a tool came to."""
    taken, cpu = (figures([getattr(one, name) for one in done], 2) for name in ("took", "cpu"))
    alive = statistics.median(len(one.out.split()) for one in done)
    return f"{taken} s, {cpu} s of CPU, {alive:.0f} alive"


def hundred(fping: bool, _runs: int) -> None:
    """A hundred targets, 10 echoes a second each, for 10 s: CPU time, and answers beside those that tcpdump saw.

    Once: 10,000 echoes in 10 s say what a second time would.
    """
    timing = ["-c", "100", "-i", "0.1", "--rate", "2000"]
    commands = {"rawkit": [*RAWKIT, *timing, "--format", "json", "198.18.0.1-100"]}
    if fping:
        commands["fping"] = ["fping", "-q", "-c", "100", "-p", "100", "-i", "1", "-g", "198.18.0.1", "198.18.0.100"]
    print("100 targets, 10 echoes a second each, 10 s")
    with network() as lab:
        for name, command in commands.items():
            done, seen = beside_tcpdump(lab["client"], command)
            print(f"  {name:8} {done.cpu / done.took:6.1%} of a core, {answers(done)} answers, {seen} seen by tcpdump")


def answers(done: Measured) -> int:
    """How many answers a tool had."""
    if done.out:
        return sum(json.loads(line)["type"] == "reply" for line in done.out.splitlines())
    return sum(int(found) for found in re.findall(r"= \d+/(\d+)/", done.err))


def beside_tcpdump(host: Host, command: Sequence[str]) -> tuple[Measured, int]:
    """Runs a command; how many echo replies tcpdump saw meanwhile, all of them or none."""
    words = [
        "tcpdump",
        "-Z",
        "root",
        "-ni",
        "eth0",
        "-Q",
        "in",
        "--immediate-mode",
        "-B",
        "16384",
        "-w",
        "/dev/null",
        REPLIES,
    ]
    with host.popen(words, stderr=subprocess.PIPE, text=True) as dump:
        while "listening" not in dump.stderr.readline():
            pass
        done = measure(host, command)
        dump.send_signal(signal.SIGINT)
        _, counts = dump.communicate()
    captured, dropped = (int(re.search(rf"(\d+) packets {word}", counts)[1]) for word in ("captured", "dropped"))
    if dropped:
        raise SystemExit(f"tcpdump lost {dropped} packets: run it again on a machine that is less busy")
    return done, captured


BENCHMARKS: dict[str, Callable[[bool, int], None]] = {"rtt": rtt, "start": start, "sweep": sweep, "hundred": hundred}


def main() -> None:
    """Runs those that were named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    fping = install_fping()
    for name in arguments.names or BENCHMARKS:
        BENCHMARKS[name](fping, arguments.runs)


if __name__ == "__main__":
    main()
