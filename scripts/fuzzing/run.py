"""The loop: one property after the other, until the time is over; what breaks one is saved, with how to make it."""

from __future__ import annotations

import argparse
import hashlib
import random
import secrets
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Final

from fuzzing.mutate import mutated
from fuzzing.properties import ENGINES, LARGEST, PROPERTIES, Property
from rawkit.errors import RawkitError

SECONDS: Final = 2.0
PER_BYTE: Final = 0.0005
"""CPU seconds that an input may take, and for each of its bytes more: kernels run interpreted too."""
HANGS: Final = 60
"""Seconds after which an input is given up."""
MEMORY: Final = 1 << 20
"""KiB that the process may have in use."""


def run(root: Path, arguments: Sequence[str]) -> int:
    """Returns the exit code: 1 where something was found."""
    asked = _parser().parse_args(arguments)
    seed = secrets.randbits(32) if asked.seed is None else asked.seed
    names = [name for name in PROPERTIES if asked.only in (None, name)]
    if not names:
        sys.exit(f"fuzz: no property {asked.only!r}: {', '.join(PROPERTIES)}")
    print(f"fuzz: seed {seed}, {len(ENGINES)} engine(s)", flush=True)
    paths = _captures([root / "captures", *asked.corpus])
    seeds = {name: PROPERTIES[name].seeds(paths) for name in names}
    tried, found = Counter[str](), 0
    signal.signal(signal.SIGALRM, _hangs)
    end, number = time.monotonic() + 60 * asked.minutes, asked.first
    while time.monotonic() < end:
        name = names[number % len(names)]
        choose = random.Random(f"{seed} {number}")
        data = mutated(choose.choice(seeds[name]), seeds[name], choose)[:LARGEST]
        trouble = _trouble(PROPERTIES[name], data, choose)
        tried[name] += 1
        if trouble is not None:
            found += 1
            _save(asked.found, name, f"seed {seed}, --first {number}", data, trouble)
        number += 1
    print("fuzz: " + ", ".join(f"{name}: {count}" for name, count in tried.items()) + f"; found: {found}")
    return int(found > 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("scripts/fuzz", description="Damaged input for all that reads.")
    parser.add_argument("minutes", type=float)
    parser.add_argument("--seed", type=int, help="of the inputs; new in each run without it")
    parser.add_argument("--first", type=int, default=0, help="begin with the input of this number")
    parser.add_argument("--only", metavar="PROPERTY", help="try this one alone")
    parser.add_argument("--corpus", type=Path, action="append", default=[], help="a folder with more captures")
    parser.add_argument("--found", type=Path, default=Path("fuzz-found"), help="the folder for what is found")
    return parser


def _captures(folders: Sequence[Path]) -> list[Path]:
    wanted = (".pcap", ".pcapng", ".cap", ".dump")
    found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return sorted(path for path in found if path.suffix in wanted)


def _trouble(tried: Property, data: bytes, choose: random.Random) -> str | None:
    """How the input breaks the property; None where it does not."""
    began = time.process_time()
    signal.alarm(HANGS)
    try:
        tried.check(data, choose)
    except RawkitError as error:
        if "\n" in str(error):
            return f"an error of several lines: {error!r}"
    except Exception:
        return traceback.format_exc()
    finally:
        signal.alarm(0)
    took = time.process_time() - began
    if took > SECONDS + PER_BYTE * len(data):
        return f"{took:.1f} s for {len(data)} bytes"
    if _most_memory() > MEMORY:
        sys.exit(f"fuzz: more than {MEMORY >> 10} MiB in use: see the last input")
    return None


def _most_memory() -> int:
    """KiB that the process had in use at most: not getrusage's, which begins with those of who started it."""
    [told] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(told.split()[1])


def _hangs(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"no end after {HANGS} s")


def _save(folder: Path, name: str, how: str, data: bytes, trouble: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name.replace(' ', '-')}-{hashlib.sha256(data).hexdigest()[:12]}"
    path.write_bytes(data)
    path.with_suffix(".txt").write_text(f"{name}: {how}\n{trouble}")
    print(f"fuzz: {name}: {path}: {trouble.strip().splitlines()[-1]}", flush=True)
