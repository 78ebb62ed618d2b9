"""Attacks on what a submission must not read."""

from typing import Final

from grader.sandbox.rungs import Rung
from tests.attacks.attack import REFUSALS, Probe

NOTHING: Final = frozenset({"nothing"})
NO_MODULE: Final = frozenset({"ModuleNotFoundError", "EACCES"})

# Looks for a number that it knows by its hash alone: whatever it finds was there before it came.
SEARCH: Final = """
    import gc, hashlib, re, sys
    def is_it(text):
        return hashlib.sha256(text.encode()).hexdigest() == T.seed_sha256
    seen, found = set(), []
    def look(value):
        if isinstance(value, int) and not isinstance(value, bool):
            texts = [str(int(value))] if abs(value) < 2**80 else []
        elif isinstance(value, str | bytes | bytearray):
            text = value if isinstance(value, str) else bytes(value).decode("latin-1")
            texts = re.findall(r"\\d{9,24}", text[:2**16])
        else:
            texts = []
        for text in texts:
            if text not in seen:
                seen.add(text)
                if is_it(text):
                    found.append(text)
    held = gc.get_objects()
    for each in held:
        for value in gc.get_referents(each):
            look(value)
    frame = sys._getframe()
    while frame is not None:
        for value in list(frame.f_locals.values()):
            look(value)
        frame = frame.f_back
    for value in os.environ.values():
        look(value)
    for name in ("environ", "cmdline"):
        try:
            look(open(f"/proc/self/{name}", "rb").read())
        except OSError:
            pass
    room = 2**27
    try:
        areas = [line.split()[:2] for line in open("/proc/self/maps")]
        with open("/proc/self/mem", "rb", 0) as memory:
            for place, rights in areas:
                start, end = (int(each, 16) for each in place.split("-"))
                if rights.startswith("rw") and end - start <= room:
                    room -= end - start
                    memory.seek(start)
                    for text in set(re.findall(rb"\\d{9,24}", memory.read(end - start))):
                        look(text)
    except OSError:
        pass
    return found
"""

STEALING: Final = (
    Probe(
        name="find the seed of the questions",
        must_not="the number that official questions are drawn from, in its process",
        code=SEARCH,
        held_by=NOTHING,
    ),
    Probe(
        name="read the reference",
        must_not="the instructor's solution",
        code="return open(T.reference).read()[-300:]",
        control=True,
    ),
    Probe(
        name="read the checks",
        must_not="the assignment's checks",
        code="return open(T.checks).read()[-300:]",
        control=True,
    ),
    Probe(
        name="list the assignment",
        must_not="the names of the assignment's files",
        code="return os.listdir(T.assignment)",
        control=True,
    ),
    Probe(
        name="list where courses live",
        must_not="the names of what lies below /opt and /usr/src, where containers keep courses",
        code="""
            found = []
            for folder in ("/opt", "/usr/src", "/usr/local/src", "/srv"):
                try:
                    found += os.listdir(folder)
                except OSError:
                    pass
            # What Python itself needs may be there, and so may this checkout's environment.
            python = os.path.realpath(sys.executable)
            return [name for name in found if f"/{name}/" not in sys.executable + python]
        """,
        held_by=NOTHING,
    ),
    Probe(
        name="import the grader",
        must_not="the grader's code",
        code="""
            import importlib
            return importlib.import_module("grader.judging.judge").__file__
        """,
        held_by=NO_MODULE,
        control=True,
    ),
    Probe(
        name="import the grader from its checkout",
        must_not="the grader's code, or the reference's",
        code="""
            sys.path.insert(0, T.checkout)
            try:
                import importlib
                found = importlib.import_module("reference.nn_from_scratch.linear")
            finally:
                sys.path.remove(T.checkout)
            return found.__file__
        """,
        held_by=NO_MODULE,
        control=True,
    ),
    Probe(
        name="read the grader's source",
        must_not="the grader's code",
        code="return open(T.judging).read()",
        control=True,
    ),
    Probe(
        name="list the checkout",
        must_not="the names of the files beside the grader",
        # The environment that notebooks run in may lie in the checkout: its name is no secret.
        code="return [name for name in os.listdir(T.checkout) if not name.startswith('.venv')]",
        held_by=NOTHING | REFUSALS,
        control=True,
    ),
    Probe(
        name="read another submission",
        must_not="another student's work",
        code="return open(T.other).read()",
        control=True,
    ),
    Probe(
        name="list another submission",
        must_not="the names of another student's files",
        code="return os.listdir(os.path.dirname(T.other))",
        control=True,
    ),
    Probe(
        name="find other submissions",
        must_not="the knowledge of which others are graded",
        code="""
            folder, name = os.path.split(T.box)
            return name in os.listdir(folder)
        """,
        held_by=NOTHING | {"EACCES"},
        control=True,
    ),
    Probe(
        name="read the home folder",
        must_not="the files of whoever runs the grader",
        code="return open(T.home + '/notes.txt').read()",
        control=True,
    ),
    Probe(
        name="read the environment",
        must_not="the secrets in the grader's environment",
        code="return [value for value in os.environ.values() if T.prefix in value]",
        held_by=NOTHING,
    ),
    Probe(
        name="read other processes' environments",
        must_not="the secrets in the grader's environment",
        code="""
            found = []
            for pid in [os.getppid(), T.grader, *range(1, 40)]:
                try:
                    found.append(open(f"/proc/{pid}/environ", "rb").read())
                except OSError:
                    pass
            return [text for text in found if T.prefix.encode() in text]
        """,
        held_by=NOTHING,
        control=True,
    ),
    Probe(
        name="read the grader's command line",
        must_not="how the grader was called",
        code="return open(f'/proc/{T.grader}/cmdline').read()",
        control=True,
    ),
    Probe(
        name="read the memory of another process",
        must_not="what is in a process outside",
        code="return open(f'/proc/{T.pid}/mem', 'rb')",
        control=True,
    ),
    Probe(
        name="read the memory of the supervisor",
        must_not="what is in the process that confines it",
        code="return open(f'/proc/{os.getppid()}/mem', 'rb')",
    ),
    Probe(
        name="reach a process's files",
        must_not="the descriptors of a process outside",
        code="return os.listdir(f'/proc/{T.pid}/fd') + os.listdir(f'/proc/{T.pid}/root')",
        control=True,
    ),
    Probe(
        name="list the processes",
        must_not="what else runs on the machine",
        code="return [name for name in os.listdir('/proc') if name == str(T.grader)]",
        held_by=NOTHING | {"EACCES"},
        control=True,
    ),
    Probe(
        name="read inherited descriptors",
        must_not="a file that the grader has open",
        code="""
            found = []
            for number in range(3, 1024):
                try:
                    found.append(os.pread(number, 1000, 0))
                except OSError:
                    pass
            return [text for text in found if T.prefix.encode() in text]
        """,
        held_by=NOTHING,
    ),
    Probe(
        name="read the passwords",
        must_not="the machine's password hashes",
        code="return len(open('/etc/shadow').read())",
    ),
    Probe(
        name="read by a symbolic link",
        must_not="a file outside, by a link to it in its own folder",
        code="""
            os.symlink(T.file, "innocent.txt")
            return open("innocent.txt").read()
        """,
        control=True,
    ),
    Probe(
        name="read by a hard link",
        must_not="a file outside, by a second name for it in its own folder",
        code="""
            os.link(T.file, "mine.txt")
            return open("mine.txt").read()
        """,
    ),
    Probe(
        name="read by way of the parent folder",
        must_not="a file outside, by a path with `..` in it",
        code="return open(os.path.relpath(T.file)).read()",
        control=True,
    ),
    Probe(
        name="read by way of proc",
        must_not="a file outside, by the root of its own process",
        code="return open(f'/proc/self/root{T.file}').read()",
        control=True,
    ),
    Probe(
        name="read by a child",
        must_not="a file outside, by a program that it starts",
        code="""
            import subprocess
            done = subprocess.run(["/bin/cat", T.file], capture_output=True, text=True)
            return done.stdout
        """,
        held_by=NOTHING,
        control=True,
    ),
    Probe(
        name="open by a handle",
        must_not="a file outside, by the handle that its file system knows it by",
        code="""
            mount = os.open(".", os.O_RDONLY)
            return os.read(T.call("open_by_handle_at", mount, bytes.fromhex(T.handle), 0), 100)
        """,
        held_by=frozenset({"EPERM"}),
    ),
    Probe(
        name="watch a folder",
        must_not="the names of files that are made outside",
        code="""
            import select
            watch = T.call("inotify_init1", os.O_NONBLOCK)
            T.call("inotify_add_watch", watch, T.watched.encode(), 0x100)
            select.select([watch], [], [], 2)
            return os.read(watch, 1000)
        """,
        control=True,
    ),
    Probe(
        name="look at a file",
        must_not="whether a file outside is there, how large it is and of when",
        code="return os.stat(T.file).st_mtime",
        known={Rung.KERNEL: "Landlock leaves stat(2) alone; contents stay closed, and so do names"},
        control=True,
    ),
    Probe(
        name="attach shared memory",
        must_not="the memory that processes outside share",
        code="""
            libc.shmat.restype = ctypes.c_void_p
            at = libc.shmat(T.shared, None, 0o10000)
            if at in (None, 2**64 - 1):
                raise OSError(ctypes.get_errno(), "shmat")
            return ctypes.string_at(at, 40)
        """,
        held_by=frozenset({"EPERM", "ENOSYS", "EINVAL"}),
        control=True,
    ),
)
