"""Process 1 of a lab's PID namespace, run as a program: `init.py PIDFD`.

It ends when the process that PIDFD names has ended, in whatever way; then the kernel kills all that the lab
started (pid_namespaces(7)). It is run as `python -I -S`, which reads no site packages and starts fast.
"""

import ctypes
import os
import select
import signal
import sys


def main() -> int:
    """Mounts /proc for this PID namespace, says `ready`, and waits for the end of the lab's process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the orphans
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"proc", b"/proc", b"proc", ctypes.c_ulong(0), None) != 0:
        print(os.strerror(ctypes.get_errno()), flush=True)  # noqa: T201
        return 1
    print("ready", flush=True)  # noqa: T201
    watch = select.poll()
    watch.register(int(sys.argv[1]), select.POLLIN)
    watch.poll()
    return 0


if __name__ == "__main__":
    sys.exit(main())
