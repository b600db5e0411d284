"""Expectations of a capture, with display filters in them: `compile_expectation`, `Expectation`, `Judge`."""
