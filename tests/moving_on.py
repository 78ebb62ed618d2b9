"""A process that forks and ends all the time: whoever looks for it finds that it has just gone."""

import struct
from pathlib import Path
from typing import Final

# How often it forks; the machine is to be rid of it soon, whatever becomes of a test.
TIMES: Final = 10_000
# How long each of them lives, in nanoseconds.
LIFE: Final = 100_000

_BASE: Final = 0x400000
_HEADERS: Final = 64 + 56


def program() -> bytes:
    """Return a program for Linux on x86-64, small enough that forking it takes no time."""
    # <asm/unistd_64.h>: 35 is nanosleep, 57 fork and 60 exit.
    start = b"\x41\xbf" + struct.pack("<I", TIMES)  # mov r15d, TIMES
    loop = bytes.fromhex(
        f"68{LIFE.to_bytes(4, 'little').hex()}"  # push LIFE
        "6a00 4889e7"  # push 0; mov rdi, rsp
        "31f6 b823000000 0f05"  # nanosleep({0, LIFE}, NULL)
        "4883c410"  # add rsp, 16
        "b839000000 0f05"  # fork()
        "85c0 7505"  # the parent ends
        "41ffcf"  # dec r15d
    )
    code = start + loop + b"\x75" + struct.pack("b", -len(loop) - 2)
    code += bytes.fromhex("b83c000000 31ff 0f05")
    size = _HEADERS + len(code)
    header = b"\x7fELF\2\1\1" + bytes(9)
    header += struct.pack(
        "<HHIQQQIHHHHHH", 2, 62, 1, _BASE + _HEADERS, 64, 0, 0, 64, 56, 1, 0, 0, 0
    )
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 0x1000)
    return header + segment + code


def written(folder: Path) -> Path:
    """Return the path of the program in `folder`."""
    path = folder / "moving-on"
    path.write_bytes(program())
    path.chmod(0o755)
    return path
