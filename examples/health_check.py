"""Says when hosts go down, and when they are back: a task each, all on one event loop.

    python examples/health_check.py 192.0.2.20 192.0.2.21 --every 1 --missed 3

It takes no root where the system lets users ping. Ctrl-C ends it."""

import argparse
import asyncio
import signal
import sys

import rawkit


async def watch(run: rawkit.aio.PingRun, missed: int) -> None:
    """Tells each change. One answer that is missed may be bad luck, a few in a row are none."""
    is_up, silent = None, 0
    async for result in run:
        if result.kind not in ("reply", "timeout", "error"):
            continue  # late, or twice: it says nothing new
        silent = 0 if result.kind == "reply" else silent + 1
        if silent == 0 and not is_up:
            is_up = True
            print(f"{result.target.name} is up, {(result.rtt_ns or 0) / 1e6:.3f} ms", flush=True)
        elif silent == missed and is_up is not False:
            is_up = False
            print(f"{result.target.name} is down", flush=True)


async def main() -> None:
    parser = argparse.ArgumentParser(description="Says when hosts go down, and when they are back.")
    parser.add_argument("hosts", nargs="+")
    parser.add_argument("--every", type=float, default=1, metavar="SECONDS", help="between two pings (%(default)s)")
    parser.add_argument("--missed", type=int, default=3, help="answers that are missed in a row (%(default)s)")
    asked = parser.parse_args()
    runs = [rawkit.aio.ping(host, interval=asked.every, timeout=asked.every) for host in asked.hosts]

    def stop() -> None:
        for run in runs:
            run.stop()

    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop)
    async with asyncio.TaskGroup() as group:
        for run in runs:
            group.create_task(watch(run, asked.missed))


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except* (rawkit.RawkitError, OSError) as errors:
        sys.exit(str(errors.exceptions[0]))
