"""What was said, as text, in hex, raw and as JSON."""
