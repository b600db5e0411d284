"""What `scripts/fuzz` runs: properties, the inputs that they are tried with, and the loop."""
