"""Attacks on what a submission must not change or reach: files, processes, sockets."""

from typing import Final

from tests import moving_on
from tests.attacks.attack import REFUSALS, Probe

NOTHING: Final = frozenset({"nothing"})

FILES: Final = (
    Probe(
        name="write to a file outside",
        must_not="the contents of a file outside",
        code="return open(T.file, 'w').write('mine')",
        control=True,
    ),
    Probe(
        name="cut a file outside short",
        must_not="the contents of a file outside",
        code="return os.truncate(T.file, 0) or 'cut'",
        control=True,
    ),
    Probe(
        name="remove a file outside",
        must_not="the existence of a file outside",
        code="return os.remove(T.file) or 'removed'",
        control=True,
    ),
    Probe(
        name="rename a file outside",
        must_not="the name of a file outside",
        code="return os.rename(T.file, T.file + '.renamed') or 'renamed'",
        control=True,
    ),
    Probe(
        name="move a file in",
        must_not="a file outside, by moving it into its own folder",
        code="return os.rename(T.file, 'moved.txt') or 'moved'",
        control=True,
    ),
    Probe(
        name="make a file outside",
        must_not="a new file outside",
        code="return open(T.folder + '/new.txt', 'x').write('mine')",
        control=True,
    ),
    Probe(
        name="make a folder outside",
        must_not="a new folder outside",
        code="return os.mkdir(T.folder + '/new') or 'made'",
        control=True,
    ),
    Probe(
        name="make a link outside",
        must_not="a new link outside",
        code="return os.symlink('/', T.folder + '/link') or 'made'",
        control=True,
    ),
    Probe(
        name="change a file's mode",
        must_not="who may use a file outside",
        code="return os.chmod(T.file, 0o600) or os.stat(T.file).st_mode & 0o777 == 0o600",
        held_by=REFUSALS | NOTHING,
        control=True,
    ),
    Probe(
        name="change a file's owner",
        must_not="who owns a file outside",
        code="os.chown(T.file, os.getuid(), os.getgid())",
        held_by=REFUSALS | NOTHING,
    ),
    Probe(
        name="change a file's time",
        must_not="when a file outside was last changed",
        code="return os.utime(T.file, (1, 1)) or os.stat(T.file).st_mtime == 1",
        held_by=REFUSALS | NOTHING,
        control=True,
    ),
    Probe(
        name="change a file's attributes",
        must_not="the extended attributes of a file outside",
        code="return os.setxattr(T.file, 'user.mine', b'1') or 'user.mine' in os.listxattr(T.file)",
        held_by=REFUSALS | NOTHING,
    ),
    Probe(
        name="write by a symbolic link",
        must_not="the contents of a file outside, by a link to it in its own folder",
        code="""
            os.symlink(T.file, "write.txt")
            return open("write.txt", "w").write("mine")
        """,
        control=True,
    ),
    Probe(
        name="write by a folder's descriptor",
        must_not="the contents of a file outside, by a path from an open folder",
        code="""
            here = os.open(".", os.O_PATH | os.O_DIRECTORY)
            return os.open(os.path.relpath(T.file), os.O_WRONLY, dir_fd=here)
        """,
        control=True,
    ),
    Probe(
        name="write to what is open",
        must_not="a file outside that its process was started with, such as a log",
        code="""
            from stat import S_ISREG
            open_ones = [int(name) for name in os.listdir("/proc/self/fd")]
            loot = []
            for each in open_ones:
                try:
                    if S_ISREG(os.fstat(each).st_mode) and os.pwrite(each, b"mine", 2**20):
                        loot.append(os.readlink(f"/proc/self/fd/{each}"))
                except OSError:
                    pass
            return loot
        """,
        held_by=NOTHING,
    ),
    Probe(
        name="write to the system",
        must_not="a file of the system's",
        code="return [os.open(path, os.O_WRONLY) for path in ('/usr/lib/os-release', '/bin/sh')]",
    ),
    Probe(
        name="write to the libraries",
        must_not="the modules that later notebooks import",
        code="""
            import numpy
            return os.open(numpy.__file__, os.O_WRONLY)
        """,
    ),
    Probe(
        name="add a library",
        must_not="a module that later notebooks import",
        code="return os.mkdir(os.path.dirname(os.path.dirname(os.__file__)) + '/mine')",
    ),
    Probe(
        name="write to the interpreter",
        must_not="the Python that runs notebooks",
        code="return os.open(os.path.realpath(sys.executable), os.O_WRONLY)",
    ),
    Probe(
        name="write to the data set",
        must_not="the data that other notebooks read",
        code="return open(T.data, 'r+b').write(b'mine')",
    ),
    Probe(
        name="replace the data set",
        must_not="the data that other notebooks read",
        code="return os.rename(T.data, T.data + '.old') or 'renamed'",
    ),
    Probe(
        name="write to the agent",
        must_not="the code that confines the next start of its own kernel",
        code="""
            import grader_agent.supervisor
            return os.open(grader_agent.supervisor.__file__, os.O_WRONLY)
        """,
    ),
    Probe(
        name="add to the agent",
        must_not="a module that the next start of its own kernel imports",
        code="""
            import grader_agent
            return open(os.path.dirname(grader_agent.__path__[0]) + "/json.py", "w").write("1")
        """,
    ),
    Probe(
        name="make a device",
        must_not="a device of its own, such as the machine's memory",
        code="return os.mknod('memory', 0o20666, os.makedev(1, 1)) or 'made'",
    ),
    Probe(
        name="open devices",
        must_not="the machine's memory, disks, terminals, virtual machines and network devices",
        code="""
            names = ["mem", "kmem", "port", "kmsg", "tty", "console", "sda", "vda", "nvme0n1"]
            names += ["loop0", "loop-control", "fuse", "kvm", "net/tun", "vhost-vsock", "dri/card0"]
            found = []
            for name in names:
                try:
                    found.append((name, os.open("/dev/" + name, os.O_RDONLY | os.O_NONBLOCK)))
                except OSError:
                    pass
            return found
        """,
        held_by=NOTHING,
    ),
    Probe(
        name="plant a link for the grader",
        must_not="a file outside, by a link where the grader writes at the kernel's next start",
        code="""
            for name in os.listdir(RUN):
                os.remove(RUN + "/" + name)
            os.symlink(T.file, RUN + "/kernel.json")
            os._exit(1)
        """,
        held_by=frozenset({"died"}),
        alone=True,
    ),
    Probe(
        name="plant links for the grader in a race",
        must_not="a file outside, by a link set while the grader writes",
        code="""
            if os.fork():
                os._exit(1)
            os.setsid()
            for _ in range(300_000):
                try:
                    os.symlink(T.file, RUN + "/kernel.json")
                except OSError:
                    try:
                        os.rename(RUN + "/kernel.json", RUN + "/taken")
                    except OSError:
                        pass
            os._exit(0)
        """,
        held_by=frozenset({"died"}),
        alone=True,
    ),
    Probe(
        name="leave folders that cannot be removed",
        must_not="room on the disk that stays taken after grading",
        code="""
            for top in (RUN, os.environ["TMPDIR"]):
                os.makedirs(top + "/shut/in")
                open(top + "/shut/in/file", "w").write("x")
                os.chmod(top + "/shut/in", 0)
                os.chmod(top + "/shut", 0)
                os.chdir(top)
                for _ in range(1200):
                    os.mkdir("d")
                    os.chdir("d")
                os.chdir(top)
        """,
        held_by=NOTHING,
        alone=True,
    ),
)

PROCESSES: Final = (
    Probe(
        name="kill a process outside",
        must_not="a process outside",
        code="return os.kill(T.pid, 9) or 'killed'",
        control=True,
    ),
    Probe(
        name="kill the grader",
        must_not="the grader's own process",
        code="return os.kill(T.grader, 0) or 'allowed'",
        control=True,
    ),
    Probe(
        name="kill by a descriptor",
        must_not="a process outside, by pidfd_send_signal",
        code="""
            import signal
            return signal.pidfd_send_signal(os.pidfd_open(T.pid), 9) or "killed"
        """,
        control=True,
    ),
    Probe(
        name="kill by a descriptor's owner",
        must_not="a process outside, by the signal that a pipe sends to its owner",
        code="""
            import fcntl
            reader, writer = os.pipe()
            fcntl.fcntl(reader, 10, 9)
            fcntl.fcntl(reader, fcntl.F_SETOWN, T.pid)
            fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC)
            os.write(writer, b"x")
        """,
        held_by=NOTHING | REFUSALS,
        control=True,
    ),
    Probe(
        name="stop the supervisor",
        must_not="the process that ends what the notebook leaves behind",
        code="return os.kill(os.getppid(), 19) or 'stopped'",
    ),
    Probe(
        name="limit a process outside",
        must_not="the resource limits of a process outside",
        code="""
            import resource
            return resource.prlimit(T.pid, resource.RLIMIT_NOFILE, (3, 3))
        """,
        control=True,
    ),
    Probe(
        name="slow a process outside",
        must_not="the priority of a process outside",
        code="return os.setpriority(os.PRIO_PROCESS, T.pid, 19) or 'slowed'",
        control=True,
    ),
    Probe(
        name="slow all processes of the user",
        must_not="the priority of processes outside, by their user",
        code="os.setpriority(os.PRIO_USER, 0, 1)",
        held_by=NOTHING | REFUSALS,
    ),
    Probe(
        name="move a process outside",
        must_not="the processors that a process outside runs on",
        code="return os.sched_setaffinity(T.pid, {0}) or 'moved'",
        control=True,
    ),
    Probe(
        name="trace a process",
        must_not="control of a process outside",
        code="return reached(('ptrace', 0x4206, T.pid, 0, 0))",
        held_by=NOTHING,
        control=True,
    ),
    Probe(
        name="read and write a process's memory",
        must_not="the memory of a process outside",
        code="""
            calls = [(name, T.pid, 0, 0, 0, 0, 0) for name in T.memory_calls]
            return reached(*calls, ("process_madvise", -1, 0, 0, 0, 0))
        """,
        held_by=NOTHING,
        control=True,
    ),
    Probe(
        name="take a process's descriptor",
        must_not="a file or socket that a process outside has open",
        code="return reached(('pidfd_getfd', -1, 0, 0), ('kcmp', T.pid, T.pid, 0, 0, 0))",
        held_by=NOTHING,
        control=True,
    ),
    Probe(
        name="become root",
        must_not="another user's rights",
        code="""
            for change in (os.setuid, os.setgid, os.seteuid, lambda user: os.setgroups([user])):
                try:
                    return change(0) or change.__name__
                except OSError:
                    pass
        """,
        held_by=NOTHING,
    ),
    Probe(
        name="gain capabilities",
        must_not="a capability that it was not given",
        code="""
            header = (ctypes.c_uint32 * 2)(0x20080522, 0)
            return T.call("capset", header, (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6)) or "gained"
        """,
        held_by=frozenset({"EPERM"}),
    ),
    Probe(
        name="run programs with their owner's rights",
        must_not="the rights of root, by a program with the setuid bit",
        code="return libc.prctl(39, 0, 0, 0, 0) != 1 and 'PR_GET_NO_NEW_PRIVS is off'",
        held_by=NOTHING,
        control=True,
    ),
    Probe(
        name="leave a daemon",
        must_not="processor time after grading, by a process in a session of its own",
        code="""
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    os.execv("/bin/sleep", ["sleep", T.marker])
                os._exit(0)
            os.wait()
        """,
        held_by=NOTHING,
    ),
    Probe(
        name="leave a deaf daemon",
        must_not="processor time after grading, by a process that ignores signals and forks on",
        code="""
            import signal, time
            if os.fork() == 0:
                for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
                    signal.signal(number, signal.SIG_IGN)
                for _ in range(10):
                    os.setsid() if os.getpid() != os.getsid(0) else None
                    if os.fork():
                        os._exit(0)
                    time.sleep(0.01)
                os.execv("/bin/sleep", ["sleep", T.marker])
            os.wait()
        """,
        held_by=NOTHING,
    ),
    Probe(
        name="leave a daemon that moves on",
        must_not="processor time after grading, by one that is gone whenever it is looked for",
        code=f"""
            import subprocess, time
            with open(
                "moving-on", "wb", opener=lambda path, flags: os.open(path, flags, 0o700)
            ) as file:
                file.write({moving_on.program()!r})
            for _ in range(5):
                subprocess.Popen([T.marker], executable=os.path.abspath("moving-on"))
            time.sleep(0.2)
        """,
        held_by=NOTHING,
        alone=True,
    ),
    Probe(
        name="leave a daemon in an answer",
        must_not="processor time after grading, by a process that an answer starts",
        code="return None",
        layer="""
            class ReLU:
                def forward(self, x):
                    if os.fork() == 0:
                        os.setsid()
                        if os.fork() == 0:
                            os.execv("/bin/sleep", ["sleep", MARKER])
                        os._exit(0)
                    os.wait()
                    raise SystemExit
        """,
        held_by=NOTHING,
        alone=True,
    ),
    Probe(
        name="signal everybody",
        must_not="all processes that the user may signal",
        code="""
            import signal
            signal.signal(signal.SIGUSR1, signal.SIG_IGN)
            os.kill(-1, signal.SIGUSR1)
        """,
        held_by=NOTHING | REFUSALS | {"died"},
        alone=True,
    ),
)
