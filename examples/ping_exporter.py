"""Pings targets, and has the times for Prometheus: a histogram at http://127.0.0.1:9427/metrics.

    python examples/ping_exporter.py 192.0.2.20 192.0.2.0/29 --listen 9427

It takes no root where the system lets users ping. Ctrl-C ends it."""

import argparse
import sys
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import rawkit

BOUNDS = ("0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1", "+Inf")  # seconds
TYPES = {"ping_results_total": "counter", "ping_rtt_seconds": "histogram"}
samples, lock = defaultdict[str, float](float), threading.Lock()


def count(result: rawkit.PingResult) -> None:
    target = f'target="{result.target.name}"'
    with lock:
        samples[f'ping_results_total{{{target},kind="{result.kind}"}}'] += 1
        if result.kind == "reply" and result.rtt_ns is not None:
            for bound in BOUNDS:
                samples[f'ping_rtt_seconds_bucket{{{target},le="{bound}"}}'] += result.rtt_ns / 1e9 <= float(bound)
            samples[f"ping_rtt_seconds_count{{{target}}}"] += 1
            samples[f"ping_rtt_seconds_sum{{{target}}}"] += result.rtt_ns / 1e9


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        for family, kind in TYPES.items():
            with lock:
                lines = [f"{name} {value}\n" for name, value in samples.items() if name.startswith(family)]
            self.wfile.write(f"# TYPE {family} {kind}\n{''.join(lines)}".encode())


def main() -> None:
    parser = argparse.ArgumentParser(description="Pings targets, and has the times for Prometheus.")
    parser.add_argument("targets", nargs="+")
    parser.add_argument("--listen", type=int, default=9427, help="port on loopback; 0 for any (%(default)s)")
    asked = parser.parse_args()
    server, run = ThreadingHTTPServer(("127.0.0.1", asked.listen), Page), rawkit.ping(asked.targets)
    print(f"http://127.0.0.1:{server.server_port}/metrics", flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with run.stopped_by_signals():
        for result in run:
            count(result)


if __name__ == "__main__":
    try:
        main()
    except (rawkit.RawkitError, OSError, OverflowError) as error:
        sys.exit(str(error))
