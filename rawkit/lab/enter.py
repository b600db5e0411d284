"""Runs a program in a host of a lab that another process keeps: `enter.py USER PID NETWORK UTS MOUNT FOLDER COMMAND…`.

The first five are descriptors of the host's namespaces. It is run as `python -I -S`, which reads no site packages and
starts fast, and stands for the program: it passes signals on to it, ends as it ends, and when it is killed so is the
program. Only a process without threads may do this (setns(2)), which is why it is one of its own.
"""

import ctypes
import os
import signal
import sys

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
KINDS = (CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWUTS, CLONE_NEWNS)
PR_SET_PDEATHSIG = 1
PASSED_ON = {
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGWINCH,
    signal.SIGCONT,
}
NOT_FOUND, NOT_RUN = 127, 126
"""Exit codes of a shell."""


def main() -> int:
    """Enters, starts the program, and stays until it has ended."""
    libc = ctypes.CDLL(None, use_errno=True)
    folder, command = sys.argv[6], sys.argv[7:]
    files = [int(name) for name in os.listdir("/proc/self/fd")]  # /proc is the lab's afterwards
    spaces = [int(number) for number in sys.argv[1:6]]
    enter(libc, spaces)
    try:
        os.chdir(folder)
    except OSError:
        os.chdir("/")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON | {signal.SIGCHLD})
    watch, alive = os.pipe()
    child = os.fork()
    if child == 0:
        for number in (alive, *spaces):
            os.close(number)
        become(libc, watch, command, frozenset(before))
    os.close(watch)
    leave_files([number for number in files if number != alive])
    return wait(child)


def enter(libc: ctypes.CDLL, descriptors: list[int]) -> None:
    """Moves this process into the namespaces; children begin in the PID namespace."""
    for descriptor, kind in zip(descriptors, KINDS):  # noqa: B905  (of the same length)
        is_own = kind == CLONE_NEWUSER and os.path.samestat(os.fstat(descriptor), os.stat("/proc/self/ns/user"))
        if not is_own and libc.setns(descriptor, kind) != 0:
            sys.exit(f"rawkit: the lab cannot be entered ({os.strerror(ctypes.get_errno())}): build it again")


def become(libc: ctypes.CDLL, watch: int, command: list[str], mask: frozenset[int]) -> None:
    """Becomes the program, which dies with this process's parent."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os.set_blocking(watch, False)
    try:
        if os.read(watch, 1) == b"":
            os._exit(1)  # the parent was killed before it could be heard
    except BlockingIOError:
        pass
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    try:
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        os.write(2, f"rawkit: {command[0]}: {error.strerror}\n".encode())
        os._exit(NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_RUN)


def leave_files(files: list[int]) -> None:
    """Lets go of the program's files, whose ends are when it closes them; errors can still be told."""
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    for number in files:
        if number > 2:
            try:
                os.close(number)
            except OSError:
                pass  # that of the folder itself, and those of the namespaces


def wait(child: int) -> int:
    """The program's exit code; where a signal ended it, this process ends by the same."""
    while True:
        heard = signal.sigwaitinfo(PASSED_ON | {signal.SIGCHLD})
        if heard.si_signo != signal.SIGCHLD:
            if heard.si_pid:  # what a terminal sends, the program got too
                os.kill(child, heard.si_signo)
            continue
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        signal.signal(-code, signal.SIG_DFL) if -code not in (signal.SIGKILL, signal.SIGSTOP) else None
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {-code})
        os.kill(os.getpid(), -code)
    return code


if __name__ == "__main__":
    sys.exit(main())
