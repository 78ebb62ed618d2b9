"""Whatever students pack and name, it costs themselves alone, and nothing is written elsewhere."""

import io
import os
import re
import resource
import socket
import stat
import struct
import tarfile
import time
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, chdir, redirect_stdout, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.collecting import choosing
from grader.collecting.archives import OF_SUBMISSION, ArchiveError, Limits, tree_of
from grader.collecting.command import collect as bring
from grader.collecting.layout import folder_of
from grader.collecting.limits import LARGEST_FILE, MOST_ARCHIVES
from grader.collecting.manifest import Collected, read_manifest
from grader.collecting.trees import Entry, EntryError, Tree
from grader.errors import UsageError
from tests.collecting.conftest import Collect
from tests.collecting.exports import Zip, notebook, table, zipped

MINE = notebook("mine = 1")
THEIRS = notebook("theirs = 1")


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    """Return a roster of Anna, who means well, and Mallory."""
    path = tmp_path / "roster.csv"
    path.write_text(
        table([("id", "name"), ("anna", "Anna Lee"), ("mallory", "Mallory M")]), "utf-8"
    )
    return path


@pytest.fixture
def handed_in(collect: Collect, roster: Path, tmp_path: Path) -> Callable[..., Collected]:
    """Return what collects Anna's notebook, and what Mallory handed in, and gives Mallory's row.

    Anna's is there whatever Mallory's is, and nothing is written outside the folder.
    """

    def call(files: dict[str, bytes], status: int = 0) -> Collected:
        made = Zip(tmp_path / "course" / "moodle.zip")
        made.path.parent.mkdir()
        made.add("Anna Lee_1_assignsubmission_file_/nn.ipynb", THEIRS)
        for name, content in files.items():
            made.add(f"Mallory M_2_assignsubmission_file_/{name}", content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            made.write()
        out = tmp_path / "course" / "a" / "out"
        collect(made.path, roster=roster, out=out, status=status)
        rows = read_manifest(out)
        (anna,) = [row for row in rows if row.student == "anna"]
        assert (out / anna.file).read_bytes() == THEIRS
        outside = {path for path in tmp_path.rglob("*") if not path.is_relative_to(out)}
        assert outside == {roster, made.path.parent, made.path, out.parent}
        (row,) = [row for row in rows if row.student == "mallory"]
        assert not row.file or (out / row.file).read_bytes() == MINE
        return row

    return call


def test_a_full_disk_is_nobody_s_damage(collect: Collect, roster: Path, tmp_path: Path) -> None:
    """Where this machine cannot unpack what was handed in, no student is told to pack it again."""
    packed = tmp_path / "class" / "mallory"
    packed.mkdir(parents=True)
    content = os.urandom(12 * 2**20)
    with tarfile.open(packed / "nn.tar.gz", "w:gz", compresslevel=1) as archive:
        for name, each in (("nn.ipynb", MINE), ("data.bin", content)):
            info = tarfile.TarInfo(name)
            info.size = len(each)
            archive.addfile(info, io.BytesIO(each))
    own = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, own[1]))
    try:
        ended = collect(packed.parent, roster=roster, out=tmp_path / "out", status=2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, own)
    assert "Archives cannot be unpacked on this machine now: File too large." in ended.output
    assert "damaged" not in ended.output
    collect(packed.parent, roster=roster, out=tmp_path / "out")
    assert [row.file for row in read_manifest(tmp_path / "out") if row.file] == [
        "mallory/1/nn.ipynb"
    ]


def with_mode(mode: int, content: bytes) -> bytes:
    """Return a zip file of a notebook, and of an entry of this kind."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        info = zipfile.ZipInfo("link.ipynb")
        info.create_system, info.external_attr = 3, mode << 16
        archive.writestr(info, content)
    return file.getvalue()


@pytest.mark.parametrize(
    "name", ["../../evil.ipynb", "/etc/evil.ipynb", "C:/evil.ipynb", "..\\evil.ipynb"]
)
def test_paths_that_climb_out(name: str, handed_in: Callable[..., Collected]) -> None:
    """They are told, and nothing of them is written; in the download itself, and in an archive."""
    row = handed_in({"homework.zip": zipped([(name, MINE)])})
    assert row.file == ""
    assert "evil.ipynb has a" in row.note


def test_a_path_that_climbs_out_of_the_download(handed_in: Callable[..., Collected]) -> None:
    """What else the student has handed in is collected."""
    row = handed_in({"../../../evil.py": b"", "nn.ipynb": MINE})
    assert row.file
    assert "evil.py has a path that leads out of its folder" in row.note


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("_1" * 30_000, id="numbers"),
        pytest.param(" " * 60_000, id="spaces"),
        pytest.param("copy" * 15_000, id="copies"),
    ],
)
def test_names_that_no_file_system_takes(name: str, handed_in: Callable[..., Collected]) -> None:
    """A zip file may have names of 64 KB: whose and what such a file is takes minutes to tell."""
    started = time.process_time()
    many = [(f"{number}/{name}x.ipynb", MINE) for number in range(40)]
    row = handed_in({"homework.zip": zipped(many)})
    assert time.process_time() - started < 30
    assert row.file == ""
    assert "has a name that no file can have" in row.note
    assert len(row.note) < 2_000


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_in_a_zip(kind: int, handed_in: Callable[..., Collected]) -> None:
    """A link would show whoever grades what it leads to."""
    row = handed_in({"homework.zip": with_mode(kind | 0o777, b"/etc/passwd")})
    assert row.file == ""
    assert "link.ipynb is a link or a device, and was left alone" in row.note


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]
)
@pytest.mark.parametrize("suffix", ["tar", "tar.gz", "tar.bz2"])
def test_links_and_devices_in_a_tar(
    kind: bytes, suffix: str, handed_in: Callable[..., Collected]
) -> None:
    """The notebook beside them is collected."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=f"w:{suffix[4:]}") as archive:  # type: ignore[call-overload]
        info = tarfile.TarInfo("link.py")
        info.type, info.linkname = kind, "/etc/passwd"
        archive.addfile(info)
        whole = tarfile.TarInfo("nn.ipynb")
        whole.size = len(MINE)
        archive.addfile(whole, io.BytesIO(MINE))
    row = handed_in({f"homework.{suffix}": file.getvalue()})
    assert row.file == "mallory/1/nn.ipynb"
    assert "link.py is a link or a device, and was left alone" in row.note


def test_a_bomb_is_told_by_its_ratio(handed_in: Callable[..., Collected]) -> None:
    """Forty kilobytes that unpack to forty megabytes are not unpacked."""
    row = handed_in({"bomb.zip": zipped([("nn.ipynb", bytes(40 * 2**20))])})
    assert "bomb.zip unpacks to more than 200 times its size" in row.note


def test_a_bomb_that_lies_about_its_size(handed_in: Callable[..., Collected]) -> None:
    """What is read is bounded by what comes, not by what was said."""
    content = bytearray(zipped([("nn.ipynb", bytes(3 * 2**20))]))
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.index(mark) + place
        content[at : at + 4] = struct.pack("<I", 100)
    row = handed_in({"bomb.zip": bytes(content)})
    assert row.file == ""
    assert "nn.ipynb is damaged" in row.note


def test_a_bomb_in_a_tar(handed_in: Callable[..., Collected]) -> None:
    """It is unpacked as far as it is plausible."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        info = tarfile.TarInfo("nn.ipynb")
        info.size = 60 * 2**20
        archive.addfile(info, io.BytesIO(bytes(info.size)))
    row = handed_in({"bomb.tar.gz": file.getvalue()})
    assert "bomb.tar.gz unpacks to more than 200 times its size" in row.note


def test_more_than_a_submission_may_have() -> None:
    """In bytes and in files, whatever is in them."""
    content = zipped([(f"{number}.txt", os.urandom(100)) for number in range(50)])
    assert "holds more than 49 files" in refused(content, Limits(49, 10**6, None))
    assert "unpacks to more than 0 MB" in refused(content, Limits(50, 4999, None))
    assert len(tree(content, Limits(50, 5000, None)).entries) == 50


def test_a_million_entries_are_counted_before_they_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The list of a zip file is not read where it is too long."""
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", *[0] * 6, *[0] * 3, 1, *[0] * 4, 0, 0) + b"a"
    count = 1_000_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, len(entry) * count, 0, 0)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(ArchiveError, match="holds more than 20000 files"):
        tree(b"PK\x03\x04" + entry * count + end, OF_SUBMISSION)


def test_what_was_typed_in_at_blackboard_says_of_nobody_who_it_was(
    collect: Collect, roster: Path, tmp_path: Path
) -> None:
    """Nor is it looked through from each of its places: the platform's own lines are the first."""
    made = Zip(tmp_path / "blackboard.zip")
    attempt = "hw_{}_attempt_2026-11-28-12-30-05"
    typed = "\nSubmission Field:\nName: Anna Lee (anna)\n" + f"Name:{' ' * 1_000}x (" * 1_000
    for user, told in (
        ("anna", "Name: Anna Lee (anna)"),
        ("mallory", "Name: Mallory (M (mallory\nAssignment: hw"),
    ):
        made.add(f"{attempt.format(user)}.txt", (told + typed).encode())
        made.add(f"{attempt.format(user)}_nn.ipynb", MINE if user == "mallory" else THEIRS)
    made.write()
    out = tmp_path / "out"
    collect(made.path, roster=roster, out=out, status=0)
    found = {row.student: (out / row.file).read_bytes() for row in read_manifest(out)}
    assert found == {"anna": THEIRS, "mallory": MINE}


def bombs(count: int, name: str, content: bytes) -> bytes:
    """Return a zip file of so many files that are the same."""
    return zipped([(f"{number}{name}", content) for number in range(count)])


def tgz(content: bytes) -> bytes:
    """Return a compressed tar file of one file."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        info = tarfile.TarInfo("data.bin")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "pack"),
    [(".zip", lambda: zipped([("x", bytes(9000))])), (".tgz", lambda: tgz(bytes(9000)))],
)
def test_archives_side_by_side_unpack_to_no_more_than_one_may(
    name: str,
    pack: Callable[[], bytes],
    handed_in: Callable[..., Collected],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What each of them may hold, a thousand of them held together: memory, and a disk."""
    monkeypatch.setattr(choosing, "OF_SUBMISSION", Limits(100, 30_000, None))
    row = handed_in({"homework.zip": bombs(8, name, pack())})
    assert "unpacks, with the archives beside it or around it, to more than 0 MB" in row.note


def test_archives_side_by_side_list_no_more_files_than_one_may(
    handed_in: Callable[..., Collected], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each entry takes memory."""
    monkeypatch.setattr(choosing, "OF_SUBMISSION", Limits(100, 10**6, None))
    inner = zipped([(f"{number}.txt", b"") for number in range(40)])
    row = handed_in({"homework.zip": bombs(5, ".zip", inner)})
    assert "holds, with the archives beside it or around it, more than 100 files" in row.note
    assert "only 0.txt, 1.txt, 2.txt and 77 more" in row.note


def test_more_archives_than_anybody_packs(
    handed_in: Callable[..., Collected], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that cannot be read count too, and none of them is held."""
    read: list[str] = []
    content = Entry.content

    def counted(self: Entry, limit: int) -> bytes:
        read.extend([self.name] if self.name.endswith(".tar") else [])
        return content(self, limit)

    monkeypatch.setattr(Entry, "content", counted)
    handed_in({"homework.zip": bombs(80, ".tar", b"no archive")})
    assert len(read) == MOST_ARCHIVES - 1


def test_what_is_no_archive_is_not_held() -> None:
    """Its bytes are let go of as soon as that is known, and not once the submission is chosen."""
    tracemalloc.start()
    try:
        with ExitStack() as files:
            for _number in range(20):
                with pytest.raises(ArchiveError):
                    tree_of(b"x" * 2**20, "", OF_SUBMISSION, files)
            assert tracemalloc.get_traced_memory()[0] < 8 * 2**20
    finally:
        tracemalloc.stop()


def tree(content: bytes, limits: Limits) -> Tree:
    """Return what an archive holds."""
    with ExitStack() as files:
        return tree_of(content, "", limits, files)


def refused(content: bytes, limits: Limits) -> str:
    """Return why an archive is refused."""
    with pytest.raises(ArchiveError) as caught:
        tree(content, limits)
    return str(caught.value)


def headed(kind: bytes, content: bytes, size: int | None = None) -> bytes:
    """Return a tar file's header of this type with what follows it."""
    info = tarfile.TarInfo("header")
    info.type, info.size = kind, len(content) if size is None else size
    return info.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % 512)


def records(count: int, key: str = "key") -> bytes:
    """Return so many records of a tar file's header."""
    return b"".join(b"%d %s%08d=v\n" % (14 + len(key), key.encode(), at) for at in range(count))


def plain_tar(before: bytes = b"", files: int = 1) -> bytes:
    """Return a tar file of files of nothing, after what stands `before` them."""
    names = [tarfile.TarInfo(f"{number}.txt") for number in range(files)]
    return before + b"".join(each.tobuf() for each in names) + bytes(1024)


TAR_BOMBS = {
    "headers for all, which each file has a copy of": lambda: plain_tar(
        headed(tarfile.XGLTYPE, records(20_000)), 2_000
    ),
    "the same little by little": lambda: plain_tar(
        b"".join(headed(tarfile.XGLTYPE, records(60, f"key{at}-")) for at in range(400)), 2_000
    ),
    "records within records": lambda: plain_tar(headed(tarfile.XHDTYPE, b"2 " * 60_000 + b"=\n")),
    "short records within records": lambda: plain_tar(
        headed(tarfile.XHDTYPE, b"2 " * 30_000 + b"=\n")
    ),
    "digits": lambda: plain_tar(headed(tarfile.XHDTYPE, b"60006 a=" + b"1" * 59_997 + b"\n")),
    "a name of megabytes": lambda: plain_tar(
        headed(tarfile.GNUTYPE_LONGNAME, b"a/" * 2**23 + bytes(1))
    ),
    "a sparse file": lambda: plain_tar(headed(tarfile.GNUTYPE_SPARSE, b"")),
    "another sparse file": lambda: plain_tar(
        headed(tarfile.XHDTYPE, b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n")
    ),
}


@pytest.mark.parametrize("name", TAR_BOMBS)
def test_headers_of_a_tar_that_take_gigabytes(name: str) -> None:
    """They are refused before they are read: a hundred kilobytes would end the whole call."""
    content = TAR_BOMBS[name]()
    tracemalloc.start()
    try:
        assert re.search("others have|no program writes|sparse", refused(content, OF_SUBMISSION))
        assert tracemalloc.get_traced_memory()[1] < 80_000_000
    finally:
        tracemalloc.stop()


def test_headers_of_a_tar_that_programs_write() -> None:
    """Long names, times and what systems keep of files are read."""
    name = f"{'täglich/' * 20}nn.ipynb"
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w", format=form, pax_headers={"comment": "x"}) as tar:
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(MINE), 1764547200.25
            info.pax_headers = {"LIBARCHIVE.xattr.com.apple.quarantine": "MDA4MTs" * 40}
            tar.addfile(info, io.BytesIO(MINE))
        with ExitStack() as files:
            (entry,) = tree_of(file.getvalue(), "", OF_SUBMISSION, files).entries
            assert ("/".join(entry.parts), entry.content(LARGEST_FILE)) == (name, MINE)


def test_a_zip_that_lists_far_more_than_names() -> None:
    """What stands beside the names would be copied for minutes."""
    extra = struct.pack("<HH", 0x7777, 0) * 16_000
    entry = struct.pack(
        "<4s6H3L5H2L", b"PK\x01\x02", *[0] * 6, *[0] * 3, 1, len(extra), *[0] * 3, 0, 0
    )
    content = b"PK\x03\x04" + (entry + b"a" + extra) * 200
    assert "far more beside the names" in refused(content, OF_SUBMISSION)


def test_a_path_of_thousands_of_folders_is_told_briefly() -> None:
    """Of what lies too deep, as much is told as can be read."""
    content = zipped([("a/" * 30_000 + "nn.ipynb", MINE)])
    (problem,) = tree(content, OF_SUBMISSION).problems
    assert "lies deeper than 32 folders" in str(problem)
    assert len(str(problem)) < 200


def test_too_many_files_beside_a_notebook(
    handed_in: Callable[..., Collected], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notebook is collected, without them."""
    monkeypatch.setattr(choosing, "MOST_FILES", 5)
    row = handed_in({"nn.ipynb": MINE, **{f"{number}.txt": b"" for number in range(6)}})
    assert row.file
    assert row.note == "the 6 files beside it were left out: they are too many"


def test_a_notebook_that_is_too_large(handed_in: Callable[..., Collected]) -> None:
    """It is told by its size, before it is read."""
    row = handed_in({"nn.ipynb": bytes(LARGEST_FILE + 1)})
    assert row.note == "nn.ipynb is larger than 100 MB"


def test_what_is_encrypted_is_told(handed_in: Callable[..., Collected]) -> None:
    """A password is not guessed."""
    content = bytearray(zipped([("nn.ipynb", MINE)]))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    row = handed_in({"homework.zip": bytes(content)})
    assert "nn.ipynb is encrypted" in row.note


def test_one_path_twice(handed_in: Callable[..., Collected]) -> None:
    """It is the later one, as when it is unpacked; that is told."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = zipped([("nn.ipynb", THEIRS), ("nn.ipynb", MINE)])
    row = handed_in({"homework.zip": content})
    assert row.file
    assert "nn.ipynb is there twice; the later one counts" in row.note


def test_names_that_differ_by_case_alone(handed_in: Callable[..., Collected]) -> None:
    """Not every disk keeps both: the second is left out, and told."""
    row = handed_in({"nn.ipynb": MINE, "a.csv": b"1", "A.CSV": b"2"})
    assert row.note.lower() == "a.csv was left out: its name is another's but for case"


@pytest.mark.parametrize(
    "name",
    [
        f"{'n' * 300}.ipynb",
        f"{'ж' * 300}.ipynb",
        "a\nb\x1b[31m.ipynb",
        "con.ipynb",
        ' .. "x" .ipynb',
        "\u202egpj.ipynb",
        "👩🏽‍🔬.ipynb",
        "=cmd|' /C calc'!A0.ipynb",
        ".ipynb.ipynb",
    ],
)
def test_names_that_no_disk_or_terminal_should_meet(
    name: str, handed_in: Callable[..., Collected]
) -> None:
    """They are written under a name that is harmless, and read back from the list."""
    row = handed_in({f"x{name}" if name.startswith(".") else name: MINE})
    written = row.file.rpartition("/")[2]
    assert written.endswith(".ipynb")
    assert len(written.encode()) <= 210
    assert written.isprintable() or "👩" in written


def test_names_in_other_encodings(collect: Collect, tmp_path: Path) -> None:
    """Whoever packs on macOS writes UTF-8 and does not say so; otherwise it is the code of DOS."""
    made = Zip(tmp_path / "moodle.zip")
    for name in ("Zo##", "B#"):
        made.add(f"{name}_1_assignsubmission_file_/nn.ipynb", MINE)
    content = made.write().read_bytes()
    content = content.replace(b"Zo##", "Zoë".encode()).replace(b"B#_", "Bö_".encode("cp437"))
    made.path.write_bytes(content)
    roster = tmp_path / "roster.csv"
    roster.write_text("id,name\nzoe,Zoë\nbo,Bö\n", "utf-8")
    out = tmp_path / "out"
    collect(made.path, roster=roster, out=out)
    assert [row.file for row in read_manifest(out)] == ["zoe/1/nn.ipynb", "bo/1/nn.ipynb"]


@pytest.mark.parametrize("what", ["link", "folder link", "pipe", "socket"])
def test_what_else_can_lie_in_a_folder(
    what: str, collect: Collect, roster: Path, tmp_path: Path
) -> None:
    """Nothing is followed or waited for."""
    folder, secret = tmp_path / "download", tmp_path / "secret"
    for name in ("anna", "mallory"):
        (folder / name).mkdir(parents=True)
    (folder / "anna" / "nn.ipynb").write_bytes(THEIRS)
    secret.mkdir()
    (secret / "nn.ipynb").write_bytes(MINE)
    place = folder / "mallory" / "nn.ipynb"
    match what:
        case "link":
            place.symlink_to(secret / "nn.ipynb")
        case "folder link":
            (folder / "mallory" / "data").symlink_to(secret)
        case "pipe":
            os.mkfifo(place)
        case "socket":
            # The path of a socket is short.
            with chdir(place.parent), socket.socket(socket.AF_UNIX) as listener:
                listener.bind("nn.ipynb")
    out = tmp_path / "out"
    collect(folder, roster=roster, out=out)
    anna, mallory = read_manifest(out)
    assert (anna.file, mallory.file) == ("anna/1/nn.ipynb", "")
    assert " was left alone" in mallory.note or "is a link, and was not followed" in mallory.note


def test_the_roster_and_what_is_collected_are_no_submissions(
    collect: Collect, tmp_path: Path
) -> None:
    """Somebody keeps all of it in one folder."""
    for name in ("anna", "bo"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "nn.ipynb").write_bytes(notebook(name))
    roster = tmp_path / "roster.csv"
    roster.write_text("id\nanna\nbo\n")
    out = tmp_path / "submissions"
    for _ in range(2):
        collect(tmp_path, roster=roster, out=out)
        assert [row.file for row in read_manifest(out)] == ["anna/1/nn.ipynb", "bo/1/nn.ipynb"]
    collect(out, roster=roster, out=out, status=2)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no archive", b"7z\xbc\xaf\x27\x1c"])
def test_a_download_that_cannot_be_read(
    content: bytes, collect: Collect, roster: Path, tmp_path: Path
) -> None:
    """It is a mistake of the call, and nothing is begun."""
    download = tmp_path / "moodle.zip"
    download.write_bytes(content)
    result = collect(download, roster=roster, out=tmp_path / "out", status=2)
    assert f"Error: {download} is " in result.output
    assert not (tmp_path / "out").exists()
    collect(tmp_path / "missing.zip", roster=roster, out=tmp_path / "out", status=2)


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), min_size=1, max_size=12)


@given(st.lists(NAMES, min_size=1, max_size=8, unique_by=str.strip))
def test_no_two_students_share_a_place(ids: list[str]) -> None:
    """Whatever their ids are, and whether or not a disk tells capitals apart."""
    places = [folder_of(each).casefold() for each in ids]
    assert len(set(places)) == len(places)
    assert not any(each.startswith(".") or "/" in each or each == "" for each in places)


PATHS = st.lists(
    st.one_of(NAMES, st.sampled_from(["..", ".", "", "/", "nn.ipynb", "a.zip", "con", "A", "a"])),
    min_size=1,
    max_size=4,
).map("/".join)


@settings(max_examples=60)
@given(st.lists(st.tuples(PATHS, st.booleans()), max_size=6), NAMES)
def test_nothing_is_written_elsewhere(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[str, bool]], student: str
) -> None:
    """Whatever students and files are called, in a zip, and in a zip within."""
    root = tmp_path_factory.mktemp("any")
    shown = "".join(filter(str.isprintable, student)).strip() or "s"
    (root / "roster.csv").write_text(table([("id", "name"), ("anna", shown)]), "utf-8")
    made = Zip(root / "x.zip")
    made.add("Anna_1_assignsubmission_file_/nn.ipynb", MINE)
    for name, packed in files:
        whole = f"{name}.ipynb"
        content = zipped([(whole, MINE)]) if packed else MINE
        made.add(f"{student}_2_assignsubmission_file_/{name}.zip" if packed else whole, content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        made.write()
    with suppress(UsageError), redirect_stdout(io.StringIO()):
        bring([made.path], root / "roster.csv", root / "a" / "b" / "out", None)
    written = {path for path in root.rglob("*") if path.is_file()}
    expected = {root / "roster.csv", root / "x.zip"}
    assert {
        each for each in written if not each.is_relative_to(root / "a" / "b" / "out")
    } == expected


def damaged(content: bytes) -> Iterator[bytes]:
    """Yield an archive with a byte changed, at every place, and cut off."""
    for at in range(len(content)):
        yield content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]
        yield content[:at]


@pytest.mark.parametrize("form", ["zip", "tar", "tar.gz"])
def test_damage_is_told(form: str) -> None:
    """Wherever it is, an archive is read, refused, or one of its files is."""
    content = zipped([("a/nn.ipynb", MINE[:40]), ("b.py", b"x")])
    if form != "zip":
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode=f"w:{form[4:]}") as archive:  # type: ignore[call-overload]
            info = tarfile.TarInfo("nn.ipynb")
            info.size = 40
            archive.addfile(info, io.BytesIO(MINE[:40]))
        content = file.getvalue()[:1100] if form == "tar" else file.getvalue()
    for each in damaged(content):
        with ExitStack() as files, suppress(ArchiveError):
            for entry in tree_of(each, "", OF_SUBMISSION, files).entries:
                with suppress(EntryError):
                    entry.content(1000)


def lists_others(whose: str) -> bytes:
    """Return a list of Gradescope's that says that others' files are somebody's."""
    names = ("nn - anna.ipynb", "nn - bo.ipynb")
    return "".join(f"{each}:\n  :submitters:\n  - :sid: {whose}\n" for each in names).encode()


@pytest.mark.parametrize(
    ("place", "evil"),
    [
        ("nn - {}.ipynb", ("submission_metadata.yml", lists_others("mallory"))),
        ("{}/nn.ipynb", ("mallory/data/timestamp.txt", b"2026-11-28 12:30:05 UTC")),
        ("nn-{}/nn.ipynb", ("nn-mallory/data/timestamp.txt", b"2026-11-28 12:30:05 UTC")),
    ],
    ids=["in a folder of files", "in a student's folder", "in a repository"],
)
def test_a_file_called_as_another_platform_s_own(
    place: str, evil: tuple[str, bytes], collect: Collect, tmp_path: Path
) -> None:
    """A student's file does not decide what a download is, and so not whose the others' are."""
    roster, out = tmp_path / "roster.csv", tmp_path / "out"
    people = ("anna", "bo", "eva", "mallory")
    roster.write_text(table([("id", "name"), *((each, each.title()) for each in people)]), "utf-8")
    made = Zip(tmp_path / "download.zip")
    for each in people:
        made.add(place.format(each), notebook(each))
    made.add(*evil)
    collect(made.write(), roster=roster, out=out, status=int("/" not in place))
    rows = read_manifest(out)
    found = {row.student: (out / row.file).read_bytes() for row in rows if row.file}
    assert found == {each: notebook(each) for each in people}


@pytest.mark.parametrize("cloned", [False, True], ids=["folders", "clones"])
def test_a_user_name_that_ends_in_another_s(cloned: bool, collect: Collect, tmp_path: Path) -> None:
    """Whoever calls themselves so is not the other, whose last attempt it would be."""
    roster, out = tmp_path / "roster.csv", tmp_path / "out"
    people = ("anna", "bo", "eva", "mallory")
    roster.write_text(table([("id", "name"), *((each, each.title()) for each in people)]), "utf-8")
    made = Zip(tmp_path / "download.zip")
    for user in ("anna", "bo", "eva", "evil-anna"):
        made.add(f"nn-{user}/nn.ipynb", notebook(user))
        if cloned:
            made.add(f"nn-{user}/.git/HEAD", b"")
    collect(made.write(), roster=roster, out=out, status=1)
    (anna,) = [row for row in read_manifest(out) if row.student == "anna"]
    assert (out / anna.file).read_bytes() == notebook("anna")
