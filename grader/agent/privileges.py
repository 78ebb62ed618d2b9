"""Becoming a real unprivileged user, for whom the kernel's limits on processes are binding.

The user may have to keep one capability, to read files that only root may: an interpreter that
lies in root's home folder. What it reads is then for Landlock to say, so this is never done
without Landlock, and never without a filter for the system calls that turn it into more.
"""

import ctypes
import os

# <linux/prctl.h> and <linux/capability.h>
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_CAPABILITY_VERSION_3 = 0x20080522
_CAP_DAC_READ_SEARCH = 2


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))


def become(uid: int, *, read_all: bool) -> None:
    """Become the user and group `uid`, with no other groups and no capabilities.

    With `read_all`, CAP_DAC_READ_SEARCH is kept, for children too. Raises OSError.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if read_all:
        _checked(libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    # Those that a program might be given are not gone with the user.
    _keep_only(libc, 1 << _CAP_DAC_READ_SEARCH if read_all else 0)
    if read_all:
        _checked(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_READ_SEARCH, 0, 0))


def give_up_capabilities() -> None:
    """Give up all capabilities, for children too, and stay the same user. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    _checked(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
    _keep_only(libc, 0)


def _keep_only(libc: ctypes.CDLL, bits: int) -> None:
    data = (_Data * 2)(_Data(bits, bits, bits), _Data(0, 0, 0))
    _checked(libc.capset(ctypes.byref(_Header(_CAPABILITY_VERSION_3, 0)), data))


def _checked(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
