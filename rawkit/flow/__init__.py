"""Flows: packets become connections with states, history and analysis, and events that the views show."""
