"""The sockets of this host: asked of the kernel, with who holds them."""
