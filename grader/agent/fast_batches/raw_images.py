"""The raw images of a data set that is one of torchvision's like MNIST, and nothing else."""

import sys
from types import ModuleType
from typing import Any

import numpy as np

from ..shims.import_hook import when_imported

# How such a class makes a sample, as torchvision has it.
_items: list[Any] = []


def install() -> None:
    """Take note of how torchvision makes a sample, before anybody can change it."""
    when_imported("torchvision.datasets.mnist", _remember)


def _remember(module: ModuleType) -> None:
    _items.append(module.MNIST.__getitem__)


class RawImages:
    """Reads the images and labels of a data set anew each time, as they are by then."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset
        self.transform = getattr(dataset, "transform", None)
        self._kind = type(dataset)
        self._data: Any = None
        self._targets: Any = None
        self._at: tuple[int, int] = (0, 0)
        self._arrays: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def unchanged(self) -> bool:
        """Whether a sample is made as torchvision makes it, with the same `transform` as ever."""
        dataset = self.dataset
        return (
            type(dataset) is self._kind
            and self._kind.__module__ == "torchvision.datasets.mnist"
            and self._kind.__getitem__ is _items[0]
            and not hasattr(dataset, "__getitems__")
            and dataset.transform is self.transform
            and dataset.target_transform is None
        )

    @property
    def size(self) -> tuple[int, ...]:
        """The height and width of an image."""
        return tuple(self.dataset.data.shape[1:])

    def item(self, dataset: Any, index: int) -> Any:
        """Return a sample as torchvision makes it."""
        return _items[0](dataset, index)

    def take(self, rows: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Return copies of images, uint8 (n, *shape), and their labels, int64 (n,).

        Raises TypeError where they are not plain tensors, IndexError where there is no such row.
        """
        data, targets = self.dataset.data, self.dataset.targets
        at = (data.data_ptr(), targets.data_ptr())
        if self._arrays is None or self._changed(data, targets, at):
            self._arrays = self._read(data, targets)
            self._data, self._targets, self._at = data, targets, at
        images, labels = self._arrays
        return images.reshape(len(images), *shape).take(rows, axis=0), labels[rows]

    def _changed(self, data: Any, targets: Any, at: tuple[int, int]) -> bool:
        return data is not self._data or targets is not self._targets or at != self._at

    def _read(self, data: Any, targets: Any) -> tuple[np.ndarray, np.ndarray]:
        torch: Any = sys.modules["torch"]
        for tensor, kind, dimensions in ((data, torch.uint8, 3), (targets, torch.int64, 1)):
            plain = type(tensor) is torch.Tensor and tensor.dtype == kind
            if not plain or tensor.dim() != dimensions or not tensor.is_contiguous():
                raise TypeError("the data set holds something else than tensors of grey images")
        return data.numpy(), targets.numpy()
