"""torchvision's datasets, read from the grader's copy."""

import struct
from pathlib import Path

from tests.agent.processes import Run


def write_dataset(raw: Path, count: int, value: int) -> None:
    """Write both parts of a dataset in MNIST's format: `count` images filled with `value`."""
    raw.mkdir(parents=True)
    images = struct.pack(">IIII", 0x803, count, 28, 28) + bytes([value]) * (count * 784)
    labels = struct.pack(">II", 0x801, count) + bytes(count)
    for part in ("train", "t10k"):
        (raw / f"{part}-images-idx3-ubyte").write_bytes(images)
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(labels)


def redirect(name: str, folder: Path) -> str:
    """Return a cell that lets a dataset be read from `folder`."""
    folders = {name: str(folder)}
    return f"from grader_agent.shims import offline_data\noffline_data.redirect({folders!r})"


def test_datasets_are_read_from_the_graders_copy(run_forked: Run, tmp_path: Path) -> None:
    """A class reads the copy whatever the root, derived classes too; nothing is written."""
    raw = tmp_path / "copy" / "raw"
    write_dataset(raw, 3, 7)
    before = {path: path.stat().st_mtime_ns for path in raw.iterdir()}
    found = run_forked(
        redirect("FashionMNIST", raw),
        """
        from torchvision.datasets import FashionMNIST, MNIST
        a = FashionMNIST('./tmp', train=True, download=True)
        print(len(a), a.data.max().item(), a.root, a[0][1], a.classes[0])
        """,
        """
        import os
        class Mine(FashionMNIST):
            pass
        b = Mine(root='/no/such', train=False, download=True, transform=lambda i: i.size)
        b.download()
        print(len(b), b[0], os.listdir('.'))
        """,
        "MNIST('./tmp')",
    )
    assert found.errors[:3] == [None] * 3
    assert found.printed[1] == "3 7 ./tmp 0 T-shirt/top\n"
    assert found.printed[2] == "3 ((28, 28), 0) ['copy']\n"
    assert str(found.errors[3]).startswith("RuntimeError: Dataset not found")
    assert {path: path.stat().st_mtime_ns for path in raw.iterdir()} == before


def test_a_class_of_torchvision_is_not_its_base(run_forked: Run, tmp_path: Path) -> None:
    """Redirecting MNIST does not turn FashionMNIST, which derives from it, into MNIST."""
    write_dataset(tmp_path / "copy" / "raw", 3, 7)
    write_dataset(tmp_path / "own" / "FashionMNIST" / "raw", 5, 9)
    found = run_forked(
        redirect("MNIST", tmp_path / "copy" / "raw"),
        "from torchvision.datasets import MNIST, FashionMNIST",
        "print(len(MNIST('own')), len(FashionMNIST('own', download=True)))",
    )
    assert found.printed[2] == "3 5\n"


def test_other_datasets_get_another_root(run_forked: Run, tmp_path: Path) -> None:
    """A class without a raw folder is given the grader's copy as its root."""
    found = run_forked(
        redirect("ImageFolder", tmp_path / "copy"),
        """
        import os
        from PIL import Image
        from torchvision.datasets import ImageFolder
        os.makedirs('copy/cat')
        Image.new('L', (4, 4)).save('copy/cat/a.png')
        print(len(ImageFolder('none')), os.path.basename(ImageFolder(root='none').root))
        """,
    )
    assert found.errors == [None, None]
    assert found.printed[1] == "1 copy\n"
