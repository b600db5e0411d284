"""Benchmarks against the tools that people use now: `scripts/bench` runs them, docs/benchmarks.md tells of them."""
