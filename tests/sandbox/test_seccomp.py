"""The filter's program, run here: for the machine at hand and for the other one."""

import errno
from collections.abc import Sequence

import pytest

from webagent.sandbox.seccomp import Instruction, rules
from webagent.sandbox.syscalls import ABSENT, CALLS, NEWEST

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOWED, REFUSED, SAID_ABSENT = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
OWN = 7
THREAD = 0x3D0F00  # what glibc starts a thread with
CLOSED = """execve execveat fork vfork socket connect bind listen accept accept4 sendmsg sendmmsg recvmsg io_uring_setup
    ptrace process_vm_readv process_vm_writev pidfd_open pidfd_getfd pidfd_send_signal tkill rt_sigqueueinfo setpriority
    sched_setaffinity mount umount2 pivot_root setns unshare bpf userfaultfd perf_event_open keyctl add_key request_key
    open_by_handle_at shmget shmat msgget semget mq_open chmod fchmod fchmodat chown fchownat setxattr utimensat
    personality quotactl reboot swapon kexec_load init_module finit_module delete_module memfd_create memfd_secret
    truncate fallocate setsid setpgid seccomp link symlink mknod splice setsockopt chroot setuid""".split()
NUMBERS = {  # asm/unistd_64.h
    "execve": 59, "execveat": 322, "fork": 57, "vfork": 58, "socket": 41, "connect": 42, "bind": 49, "listen": 50,
    "accept": 43, "accept4": 288, "sendmsg": 46, "sendmmsg": 307, "recvmsg": 47, "io_uring_setup": 425, "ptrace": 101,
    "process_vm_readv": 310, "process_vm_writev": 311, "pidfd_open": 434, "pidfd_getfd": 438, "pidfd_send_signal": 424,
    "tkill": 200, "rt_sigqueueinfo": 129, "setpriority": 141, "sched_setaffinity": 203, "mount": 165, "umount2": 166,
    "pivot_root": 155, "setns": 308, "unshare": 272, "bpf": 321, "userfaultfd": 323, "perf_event_open": 298,
    "keyctl": 250, "add_key": 248, "request_key": 249, "open_by_handle_at": 304, "shmget": 29, "shmat": 30,
    "msgget": 68, "semget": 64, "mq_open": 240, "chmod": 90, "fchmod": 91, "fchmodat": 268, "chown": 92,
    "fchownat": 260, "setxattr": 188, "utimensat": 280, "personality": 135, "quotactl": 179, "reboot": 169,
    "swapon": 167, "kexec_load": 246, "init_module": 175, "finit_module": 313, "delete_module": 176,
    "memfd_create": 319, "memfd_secret": 447, "truncate": 76, "fallocate": 285, "setsid": 112, "setpgid": 109,
    "seccomp": 317, "link": 86, "symlink": 88, "mknod": 133, "splice": 275, "setsockopt": 54, "chroot": 161,
    "setuid": 105,
}  # fmt: skip


def judged(machine: str, number: int, arguments: Sequence[int] = (), architecture: int | None = None) -> int:
    """Return what the filter says of a call."""
    words = {0: number, 4: architecture or ARCHITECTURES[machine]}
    for index, argument in enumerate((*arguments, *[0] * (6 - len(arguments)))):
        words[16 + 8 * index] = argument & 0xFFFFFFFF
        words[20 + 8 * index] = argument >> 32 & 0xFFFFFFFF
    program: list[Instruction] = rules(machine, OWN)
    assert len(program) < 4096
    value, at = 0, 0
    while True:
        code, yes, no, operand = program[at]
        assert max(yes, no) < 256
        at += 1
        if code == 0x20:
            value = words[operand]
        elif code == 0x54:
            value &= operand
        elif code == 0x06:
            return operand
        else:
            met = {0x15: value == operand, 0x25: value > operand, 0x35: value >= operand}[code]
            at += yes if met else no


@pytest.fixture(params=ARCHITECTURES)
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("name", CLOSED)
def test_it_is_closed(name: str) -> None:
    assert name not in CALLS["aarch64"]
    assert judged("x86_64", NUMBERS[name]) == REFUSED


def test_reading_and_writing_are_open(machine: str) -> None:
    for name in ("read", "write", "mmap", "futex", "exit_group", "getdents64", "recvfrom", "newfstatat"):
        assert judged(machine, CALLS[machine][name], [-1] * 6) == ALLOWED


def test_another_machines_calls_are_refused(machine: str) -> None:
    for architecture in (0x40000003, 0x40000028, 0xC0000016, *set(ARCHITECTURES.values()) - {ARCHITECTURES[machine]}):
        assert judged(machine, CALLS[machine]["read"], architecture=architecture) == REFUSED


def test_x32_is_refused() -> None:
    for number in CALLS["x86_64"].values():
        assert judged("x86_64", number | 0x40000000) == REFUSED


def test_what_a_program_does_without_is_absent(machine: str) -> None:
    for number in (*ABSENT, NEWEST + 1, 500, 1000):
        assert judged(machine, number) == SAID_ABSENT


@pytest.mark.parametrize(
    ("name", "arguments", "allowed"),
    [
        ("clone", [THREAD], True),
        ("clone", [17], False),
        ("clone", [0x4111], False),
        ("clone", [THREAD | 0x10000000], False),
        ("clone", [THREAD | 0x00020000], False),
        ("clone", [THREAD & ~0x10000], False),
        ("kill", [OWN, 6], True),
        ("kill", [OWN + 1, 6], False),
        ("kill", [0, 6], False),
        ("kill", [-1, 6], False),
        ("kill", [-OWN, 6], False),
        ("tgkill", [OWN, 9, 6], True),
        ("tgkill", [OWN + 1, OWN, 6], False),
        ("prlimit64", [0], True),
        ("prlimit64", [OWN], True),
        ("prlimit64", [1], False),
        ("prctl", [15], True),
        ("prctl", [16], True),
        ("prctl", [1], False),
        ("prctl", [22], False),
        ("fcntl", [3, 3], True),
        ("fcntl", [3, 1030], True),
        ("fcntl", [3, 8], False),
        ("fcntl", [3, 10], False),
        ("fcntl", [3, 15], False),
        ("ioctl", [0, 0x5401], True),
        ("ioctl", [0, 0x802C542A], True),
        ("ioctl", [0, 0x5412], False),
        ("ioctl", [0, 0x541C], False),
        ("ioctl", [0, 0x8901], False),
        ("openat", [-100, 1, 0], True),
        ("openat", [-100, 1, 0x241], True),
        ("openat", [-100, 1, 0x202], True),
        ("openat", [-100, 1, 0x200], False),
        ("openat", [-100, 1, 0x203], False),
        ("socketpair", [1, 1, 0], True),
        ("socketpair", [1, 0x80001, 0], True),
        ("socketpair", [1, 2, 0], False),
        ("socketpair", [1, 5, 0], False),
        ("socketpair", [2, 1, 0], False),
        ("sendto", [3, 1, 1, 0, 0, 0], True),
        ("sendto", [3, 1, 1, 0, 8, 16], False),
        ("sendto", [3, 1, 1, 0, 1 << 32, 16], False),
    ],
)
def test_some_are_open_for_some_arguments(machine: str, name: str, arguments: list[int], allowed: bool) -> None:
    assert judged(machine, CALLS[machine][name], arguments) == (ALLOWED if allowed else REFUSED)


def test_the_older_form_of_open_is_the_same() -> None:
    assert judged("x86_64", CALLS["x86_64"]["open"], [1, 0x241]) == ALLOWED
    assert judged("x86_64", CALLS["x86_64"]["open"], [1, 0x200]) == REFUSED
