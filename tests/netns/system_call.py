"""Has another process make a system call, as code that got into it would: by ptrace, on x86-64."""

import ctypes
import errno
import os
import platform
import signal
from pathlib import Path

# sys/ptrace.h
GETREGS, SETREGS, SINGLESTEP, DETACH, SEIZE, INTERRUPT = 12, 13, 9, 17, 0x4206, 0x4207
# asm/unistd_64.h
NUMBERS = {"open": 2, "socket": 41, "setsockopt": 54, "fork": 57, "execve": 59, "fcntl": 72, "unlink": 87, "chmod": 90,
           "ptrace": 101, "setuid": 105, "tgkill": 234, "openat": 257, "prlimit64": 302}
BELOW_THE_RED_ZONE = 4096  # of the stack: nobody uses it while the process stands still
SYSCALL = b"\x0f\x05"


class Registers(ctypes.Structure):
    """user_regs_struct (sys/user.h)."""
    _fields_ = [(name, ctypes.c_ulonglong) for name in (
        "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base"
        " ds es fs gs").split()]


class Intruder:
    """Between entering and leaving, the process stands still but for the calls that it is made to make."""

    def __init__(self, process):
        self.process = process
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]

    @staticmethod
    def possible():
        return platform.machine() == "x86_64"

    def __enter__(self):
        self._ptrace(SEIZE)
        self._ptrace(INTERRUPT)
        os.waitpid(self.process, 0)
        self._before = self._registers()
        return self

    def __exit__(self, *_):
        # Not the call that it was in: that returns as if a signal had come.
        self._ptrace(SETREGS, ctypes.byref(self._before))
        self._ptrace(DETACH)

    def call(self, name, *arguments):
        """The name of the error, or "done"."""
        memory = self._before.rsp - BELOW_THE_RED_ZONE
        values, data = [], b""
        for argument in arguments:
            if isinstance(argument, str):
                values.append(memory + len(data))
                data += argument.encode() + b"\0"
            else:
                values.append(argument % (1 << 64))
        with open(f"/proc/{self.process}/mem", "r+b", buffering=0) as contents:
            contents.seek(self._before.rip - len(SYSCALL))
            if contents.read(len(SYSCALL)) != SYSCALL:
                raise AssertionError("expected the process to be in a system call")
            contents.seek(memory)
            contents.write(data)
        registers = Registers.from_buffer_copy(self._before)
        registers.rip -= len(SYSCALL)
        registers.rax, registers.orig_rax = NUMBERS[name], (1 << 64) - 1  # nothing is to be begun again
        for register, value in zip(("rdi", "rsi", "rdx", "r10", "r8"), values):
            setattr(registers, register, value)
        self._ptrace(SETREGS, ctypes.byref(registers))
        self._ptrace(SINGLESTEP)
        _, status = os.waitpid(self.process, 0)
        if not os.WIFSTOPPED(status) or os.WSTOPSIG(status) != signal.SIGTRAP:
            raise AssertionError(f"{name}: expected the process to stop after it, came status {status:#x}")
        result = ctypes.c_longlong(self._registers().rax).value
        return errno.errorcode[-result] if result < 0 else "done"

    def _registers(self):
        registers = Registers()
        self._ptrace(GETREGS, ctypes.byref(registers))
        return registers

    def _ptrace(self, request, data=None):
        if self._libc.ptrace(request, self.process, None, data) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"ptrace {request}: {os.strerror(number)}")
