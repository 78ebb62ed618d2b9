"""The cache: verified before it is used, mended where it is damaged, shared by many."""

import multiprocessing
import os
import shutil
import stat
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from grader.datasets import locate
from grader.errors import UsageError
from tests.datasets.tiny import (
    CONTENTS,
    TEST_LABELS,
    TINY,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    dataset_of,
    holds_exactly,
    tiny_contents,
    write,
)


def test_located_files_are_read_only_and_the_folder_is_clean(tmp_path: Path, cache: Path) -> None:
    """The cached files have mode 0444, and no temporary folder stays behind."""
    located = locate(TINY, folder=write(tmp_path / "mine", CONTENTS), download=False)
    assert {stat.S_IMODE(path.stat().st_mode) for path in located.raw.iterdir()} == {0o444}
    assert [path.name for path in cache.iterdir()] == ["Tiny"]
    assert [path.name for path in (cache / "Tiny").iterdir()] == ["raw"]


@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("damage", ["one bit", "cut short", "gone"])
def test_damaged_cache_is_replaced(share: Path, name: str, damage: str) -> None:
    """Whatever happens to a cached file, it is found out and put right, never used."""
    write(share / "datasets" / "tiny", CONTENTS, zipped=True)
    located = locate(TINY, download=False)
    cached = located.raw / name
    cached.chmod(0o644)
    if damage == "one bit":
        cached.write_bytes(CONTENTS[name][:-1] + bytes([CONTENTS[name][-1] ^ 1]))
    elif damage == "cut short":
        os.truncate(cached, 10)
    else:
        cached.unlink()
    mended = locate(TINY, download=False)
    assert mended.source == "Debian's package dataset-tiny"
    assert holds_exactly(mended, CONTENTS)
    assert locate(TINY, download=False).source == "the cache folder"


def test_damage_that_keeps_size_and_times_is_noticed(share: Path) -> None:
    """Contents are what is verified: setting the old modification time hides nothing."""
    write(share / "datasets" / "tiny", CONTENTS)
    cached = locate(TINY, download=False).raw / TEST_LABELS
    before = cached.stat()
    cached.chmod(0o644)
    with cached.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\x01")
    os.utime(cached, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert locate(TINY, download=False).source == "Debian's package dataset-tiny"


def test_intact_cached_files_are_left_alone(tmp_path: Path) -> None:
    """Naming a folder whose files the cache already has rewrites nothing."""
    folder = write(tmp_path / "mine", CONTENTS)
    raw = locate(TINY, folder=folder).raw
    before = {path.name: path.stat().st_ino for path in raw.iterdir()}
    assert locate(TINY, folder=folder).source == "the folder you named"
    assert {path.name: path.stat().st_ino for path in raw.iterdir()} == before


def test_replacing_a_file_does_not_disturb_its_reader(share: Path) -> None:
    """A file is replaced as a whole: who has the old one open goes on reading the old one."""
    write(share / "datasets" / "tiny", CONTENTS)
    cached = locate(TINY, download=False).raw / TRAIN_IMAGES
    cached.chmod(0o644)
    cached.write_bytes(b"old contents")
    with cached.open("rb") as reader:
        locate(TINY, download=False)
        assert reader.read() == b"old contents"
    assert cached.read_bytes() == CONTENTS[TRAIN_IMAGES]


def test_graders_that_start_at_once(tmp_path: Path, cache: Path) -> None:
    """Several processes that fill an empty cache together all end with the whole data."""
    contents = tiny_contents(images=4000)
    dataset = dataset_of(contents)
    folder = write(tmp_path / "mine", contents, zipped=True)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(3, mp_context=context) as pool:
        for _ in range(4):
            futures = [pool.submit(locate, dataset, folder=folder) for _ in range(3)]
            for future in futures:
                assert holds_exactly(future.result(), contents)
            shutil.rmtree(cache)


def test_half_filled_cache_of_another_grader(cache: Path, share: Path) -> None:
    """Files and a temporary folder that another grader left half-way are no obstacle."""
    write(cache / "Tiny" / "raw", {TRAIN_IMAGES: CONTENTS[TRAIN_IMAGES]})
    write(cache / "Tiny" / ".new-dead", {TRAIN_LABELS: b"half"})
    write(share / "datasets" / "tiny", CONTENTS, zipped=True)
    assert holds_exactly(locate(TINY, download=False), CONTENTS)


def test_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unwritable cache is told as such, with the folder and the way out."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    folder = write(tmp_path / "mine", CONTENTS)
    with pytest.raises(UsageError, match=r"cannot be written: Not a directory.*XDG_CACHE"):
        locate(TINY, folder=folder)
