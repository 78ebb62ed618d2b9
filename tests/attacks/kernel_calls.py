"""Attacks by sockets, and by system calls that have let others break out."""

from typing import Final

from tests.attacks.attack import REFUSALS, Probe

NOTHING: Final = frozenset({"nothing"})

SOCKETS: Final = (
    Probe(
        name="connect to the machine",
        must_not="a TCP server on the machine, such as a notebook server or a database",
        code="""
            with socket.create_connection(("127.0.0.1", T.tcp), timeout=5) as server:
                return server.send(T.slug.encode())
        """,
        control=True,
    ),
    Probe(
        name="send a datagram",
        must_not="a UDP server, and so a name server",
        code="""
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
                return server.sendto(T.slug.encode(), ("127.0.0.1", T.udp))
        """,
        control=True,
    ),
    Probe(
        name="serve the network",
        must_not="a port that others can reach",
        code="""
            with socket.socket() as server:
                server.bind(("127.0.0.1", 0))
                return server.getsockname()
        """,
        control=True,
    ),
    Probe(
        name="open sockets of other families",
        must_not="raw packets, virtual machines, the kernel's own sockets and other networks",
        code="""
            found = []
            for family in range(2, 47):
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, 5):
                    try:
                        socket.socket(family, kind).close()
                    except OSError:
                        continue
                    found.append(family)
            return sorted(set(found))
        """,
        held_by=NOTHING,
        control=True,
    ),
    Probe(
        name="find a network socket",
        must_not="a socket of the network that was left open to it",
        code="""
            found = []
            for number in range(1024):
                try:
                    held = socket.socket(fileno=number)
                except OSError:
                    continue
                found += [held.family] if held.family != socket.AF_UNIX else []
                held.detach()
            return found
        """,
        held_by=NOTHING,
    ),
    Probe(
        name="connect to a service",
        must_not="a service on the machine, by the path of its socket",
        code="""
            with socket.socket(socket.AF_UNIX) as server:
                server.connect(T.stream)
                return server.send(T.slug.encode())
        """,
        control=True,
    ),
    Probe(
        name="connect to a service without a path",
        must_not="a service on the machine, by the abstract name of its socket",
        code="""
            with socket.socket(socket.AF_UNIX) as server:
                server.connect("\\0" + T.abstract)
                return server.send(T.slug.encode())
        """,
        control=True,
    ),
    Probe(
        name="send to a service from a pair",
        must_not="a service on the machine, by a datagram from a socket that needs no connection",
        code="""
            pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
            return pair[0].sendto(T.slug.encode(), T.datagram)
        """,
        control=True,
    ),
    Probe(
        name="send to a service without a path from a pair",
        must_not="a service on the machine, by a datagram to the abstract name of its socket",
        code="""
            pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
            return pair[0].sendto(T.slug.encode(), "\\0" + T.abstract_datagram)
        """,
        control=True,
    ),
    Probe(
        name="make shared memory",
        must_not="memory that outlives it, and that other processes see",
        code="""
            at = libc.shmget(0, 4096, 0o1600)
            if at < 0:
                raise OSError(ctypes.get_errno(), "shmget")
            libc.shmctl(at, 0, None)
            return not T.own_ipc and "it would be left behind"
        """,
        held_by=REFUSALS | NOTHING,
    ),
    Probe(
        name="make message queues",
        must_not="messages that outlive it, and that other processes see",
        code="return not T.own_ipc and reached(('msgget', 0x6E67, 0), ('mq_unlink', b'none'))",
        held_by=NOTHING,
        control=True,
    ),
)


def _refused(name: str, must_not: str, *calls: str, control: bool = False) -> Probe:
    """Return an attack by system calls, each with arguments that come to nothing."""
    code = f"return reached({', '.join(f'({call})' for call in calls)},)"
    return Probe(name=name, must_not=must_not, code=code, held_by=NOTHING, control=control)


CALLS: Final = (
    _refused(
        "mount",
        "another view of the file system",
        "'mount', 0, 0, 0, 0, 0",
        "'umount2', b'/nowhere', 0",
        "'pivot_root', 0, 0",
    ),
    _refused(
        "mount by the newer calls",
        "another view of the file system",
        "'fsopen', b'tmpfs', 0",
        "'fsconfig', -1, 0, 0, 0, 0",
        "'fsmount', -1, 0, 0",
        "'fspick', -1, 0, 0",
        "'open_tree', -1, 0, 0",
        "'move_mount', -1, 0, -1, 0, 0",
        "'mount_setattr', -1, 0, 0, 0, 0",
        control=True,
    ),
    _refused(
        "list mounts",
        "what is mounted outside, by calls that are newer than most filters",
        "457, 0, 0, 0, 0",  # statmount
        "458, 0, 0, 0, 0",  # listmount
        control=True,
    ),
    _refused(
        "change the attributes of files",
        "marks on files outside, which neither Landlock nor modes know",
        "469, -1, 0, 0, 0, 0",  # file_setattr
        *(f"'ioctl', -1, {request:#x}, 0" for request in (0x40086602, 0x40046602, 0x401C5820)),
        control=True,
    ),
    Probe(
        name="watch what the machine runs",
        must_not="which programs others start, and a channel to other submissions",
        code="""
            watch = T.call("inotify_init1", os.O_NONBLOCK)
            return T.call("inotify_add_watch", watch, b"/usr/bin", 0x20)
        """,
        control=True,
    ),
    _refused("change the root", "another view of the file system", "'chroot', 0", control=True),
    _refused(
        "unshare namespaces",
        "a user namespace, in which it is root",
        *(f"'unshare', {flag:#x}" for flag in (0x10000000, 0x20000, 0x40000000, 0x20000000)),
    ),
    _refused("enter a namespace", "another process's namespaces", "'setns', -1, 0", control=True),
    Probe(
        name="clone into namespaces",
        must_not="a user namespace, in which it is root",
        code="""
            child = T.call("clone", 0x10000000 | 17, 0, 0, 0, 0)
            if child == 0:
                os._exit(0)
            return child
        """,
        held_by=frozenset({"EPERM"}),
        control=True,
    ),
    Probe(
        name="clone by the newer call",
        must_not="a user namespace, by a call whose flags no filter can see",
        code="return reached(('clone3', 0, 0))",
        held_by=NOTHING,
        control=True,
    ),
    Probe(
        name="unshare by a program",
        must_not="a user namespace, by a program that makes one",
        code="""
            import subprocess
            done = subprocess.run(["/usr/bin/unshare", "-U", "true"], capture_output=True)
            return done.returncode == 0 and "made"
        """,
        held_by=NOTHING | {"ENOENT"},
        control=True,
    ),
    _refused(
        "open by handles",
        "files by their number instead of their path",
        "'open_by_handle_at', -1, 0, 0",
        "'name_to_handle_at', -1, 0, 0, 0, 0",
        control=True,
    ),
    _refused(
        "load a program into the kernel",
        "the kernel's own processor time",
        "'bpf', 0, 0, 0",
        control=True,
    ),
    _refused(
        "watch the processor",
        "what other processes compute, by performance counters",
        "'perf_event_open', 0, 0, -1, -1, 0",
        control=True,
    ),
    _refused(
        "handle page faults",
        "control over the kernel's own memory accesses",
        "'userfaultfd', 0xFFFF",
        control=True,
    ),
    _refused(
        "use the kernel's keys",
        "keys that the kernel keeps for others",
        "'keyctl', 0, -3, 0, 0, 0",
        "'add_key', 0, 0, 0, 0, 0",
        "'request_key', 0, 0, 0, 0",
        control=True,
    ),
    _refused(
        "use rings",
        "system calls past the filter, by io_uring",
        "'io_uring_setup', 0, 0",
        "'io_uring_enter', -1, 0, 0, 0, 0, 0",
        "'io_uring_register', -1, 0, 0, 0",
        control=True,
    ),
    _refused(
        "watch file systems", "which files others open", "'fanotify_init', 0xFFFF, 0", control=True
    ),
    _refused(
        "load a kernel module",
        "the kernel",
        "'init_module', 0, 0, 0",
        "'finit_module', -1, 0, 0",
        "'delete_module', 0, 0",
    ),
    _refused(
        "restart the machine",
        "the machine",
        "'reboot', 0, 0, 0, 0",
        "'kexec_load', 0, -1, 0, -1",
        "'kexec_file_load', -1, -1, 0, 0, -1",
    ),
    _refused(
        "change the machine's books",
        "swap space, quotas and accounting",
        "'swapon', 0, 0",
        "'swapoff', 0",
        "'quotactl', 0, 0, 0, 0",
        "'acct', 1",
    ),
    _refused("read the kernel's log", "what the kernel tells", "'syslog', 10, 0, 0", control=True),
    _refused("use the processor's ports", "devices", "'iopl', 99", "'ioperm', 0, 0, 99"),
    _refused(
        "set the clock",
        "the machine's time",
        "'settimeofday', 1, 1",
        "'clock_settime', 0, 0",
        "'clock_adjtime', 0, 0",
        "'adjtimex', 0",
        control=True,
    ),
    _refused(
        "rename the machine",
        "the machine's name",
        "'sethostname', 0, 9999",
        "'setdomainname', 0, 9999",
    ),
    _refused(
        "change personality",
        "memory laid out as it can guess",
        "'personality', 0xFFFFFFFF",
        control=True,
    ),
    _refused(
        "move others' memory",
        "the place of another process's memory",
        "'migrate_pages', 0, 0, 0, 0",
        "'move_pages', 0, 0, 0, 0, 0, 0",
        control=True,
    ),
    _refused(
        "type into a terminal",
        "commands in the shell of whoever started the grader",
        "'ioctl', -1, 0x5412, 0",
        "'ioctl', -1, 0x541C, 0",
        "'ioctl', -1, 0x1_0000_5412, 0",
        "'ioctl', -1, 0x1_0000_541C, 0",
        control=True,
    ),
    Probe(
        name="call the kernel by other entries",
        must_not="system calls past the filter, by their numbers of 32-bit programs",
        code="""
            import mmap, platform, signal
            if platform.machine() != "x86_64":
                return None
            def by_int_80():
                page = mmap.mmap(-1, 4096, prot=7)
                page.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")  # getpid, and return
                at = ctypes.addressof(ctypes.c_char.from_buffer(page))
                return ctypes.CFUNCTYPE(ctypes.c_int)(at)()
            def by_x32():
                return libc.syscall(0x40000000 | 39)
            found = []
            for entry in (by_int_80, by_x32):
                child = os.fork()
                if child == 0:
                    os._exit(entry() == os.getpid())
                found += [entry.__name__] if os.waitpid(child, 0)[1] == 0x100 else []
            return found
        """,
        held_by=NOTHING,
    ),
)
