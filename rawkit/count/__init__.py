"""What a capture comes to: packets, bytes and flows by who, how handshakes ended, what DNS was asked. No I/O."""
