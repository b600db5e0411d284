"""What was said: payload of TCP and UDP put together, stream by stream. No I/O."""
