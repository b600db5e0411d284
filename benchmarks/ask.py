"""`rawkit.ask` beside scapy's `sr`, in one run, in the lab: 1,000 echo requests and their replies.

    python -m benchmarks.ask [--runs 5] [--requests 1000]

Needs root (or user namespaces). Both send the same packets and find the reply to each: once a packet whose sequence
number has all values, once a list of packets. They take turns, each time in a process of its own, in which one call
that does not count goes before: imports, and what is asked of the kernel once, are not measured. The figures are those
of the call alone: seconds, and seconds of CPU, user and system together.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import json
import sys
from statistics import median

from rawkit.lab import Lab

SERVER = "192.0.2.20"
REQUESTS = {
    "one packet": f'IP(dst="{SERVER}")/ICMP(id=7, seq=[*range(COUNT)])',
    "a list": f'[IP(dst="{SERVER}")/ICMP(id=7, seq=number) for number in range(COUNT)]',
}
CALLS = {
    "rawkit.ask": "len(rawkit.ask(what, timeout=20).answered)",
    "scapy sr": "len(sr(what, timeout=20, verbose=0)[0])",
}
PROGRAM = """
import json, logging, time
logging.getLogger("scapy").setLevel(logging.ERROR)
import rawkit
from scapy.all import ICMP, IP, sr
COUNT = {count}
what = {what}
{call}
begin, cpu = time.perf_counter(), time.process_time()
answered = {call}
print(json.dumps([answered, time.perf_counter() - begin, time.process_time() - cpu]))
"""


def measure(lab: Lab, what: str, call: str, count: int) -> tuple[float, float]:
    """Seconds, and seconds of CPU; RuntimeError where not all were answered."""
    program = PROGRAM.format(count=count, what=what, call=call)
    done = lab["client"].run([sys.executable, "-c", program])
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    answered, took, cpu = json.loads(done.stdout.splitlines()[-1])
    if answered != count:
        raise RuntimeError(f"{call}: {answered} of {count} answered")
    return took, cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--requests", type=int, default=1000)
    chosen = parser.parse_args()
    print(f"{'':24}{'s':>9}{'CPU s':>9}{'least':>9}{'most':>9}{'CPU of scapy/rawkit':>22}")
    with Lab("pair") as lab:
        for name, what in REQUESTS.items():
            found: dict[str, list[tuple[float, float]]] = {call: [] for call in CALLS}
            for _ in range(chosen.runs):
                for call, text in CALLS.items():
                    found[call].append(measure(lab, what, text, chosen.requests))
            ours = median(cpu for _, cpu in found["rawkit.ask"])
            for call, runs in found.items():
                cpu = [one for _, one in runs]
                took = median(one for one, _ in runs)
                ratio = f"{median(cpu) / ours:20.1f} x"
                print(f"{f'{call}, {name}':24}{took:9.3f}{median(cpu):9.3f}{min(cpu):9.3f}{max(cpu):9.3f}{ratio}")


if __name__ == "__main__":
    main()
