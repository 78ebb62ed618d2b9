"""Batches of a torch `DataLoader`, without turning each sample into an image and back.

Where a plain loader walks over one of torchvision's data sets of grey images, a batch can be made
at once from the raw images, if the notebook's `transform` treats each pixel by itself and its
`collate_fn` stacks. Both are found out by asking them (`levels`, `assembly`), where their code is
pure (`pure`). The first batches, those of a new size and one in two hundred later are made in both
ways and compared. On any doubt the loader is left alone, for good.

The sampler is not touched, images and labels are read anew for each batch, and each batch is
fresh: whatever draws random numbers, changes the data set or writes to a batch does what it does
anywhere.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from types import ModuleType
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from ..notes import note
from ..shims import random_states
from ..shims.import_hook import when_imported
from . import purity, raw_images
from .collate import Assembly, assembly, same
from .raw_images import RawImages
from .transform import Levels, levels

# Looking at some batches does not pay for finding out.
UNTOUCHED = 3
COMPARED_FIRST = 8
COMPARED_EVERY = 200

Fetch = Callable[[Any], Any]
# What is known of transforms, for the loaders that have the same one.
Shared = WeakKeyDictionary[Any, tuple[purity.Watch, Levels]]


def install() -> None:
    """Make batches at once wherever that can be proven to be the same."""
    raw_images.install()
    when_imported("torch.utils.data.dataloader", _install)


def _install(module: ModuleType) -> None:
    """Let each iterator that a plain loader hands out fetch its batches through a route."""
    loaders: Any = module
    routes: WeakKeyDictionary[Any, Route] = WeakKeyDictionary()
    shared: Shared = WeakKeyDictionary()
    plain = loaders._SingleProcessDataLoaderIter
    original = plain.__init__

    @wraps(original)
    def init(self: Any, loader: Any) -> None:
        original(self, loader)
        if type(self) is plain and type(loader) is loaders.DataLoader and self._auto_collation:
            route = routes.get(loader)
            if route is None or not route.leads(self._dataset_fetcher):
                route = routes[loader] = Route(self._dataset_fetcher, shared)
            if route.open:
                self._dataset_fetcher.fetch = route.through(self._dataset_fetcher.fetch)

    plain.__init__ = init


class Route:
    """How the batches of one loader are fetched: closed for good on the first doubt."""

    def __init__(self, fetcher: Any, shared: Shared) -> None:
        self._shared = shared
        self._collate = fetcher.collate_fn
        self._raw = RawImages(fetcher.dataset)
        self.open = True
        self._watches: Sequence[purity.Watch] = ()
        self._levels: Levels | None = None
        self._assembly: Assembly | None = None
        self._fetched = 0
        self._compared = 0
        self._sizes: set[int] = set()

    def leads(self, fetcher: Any) -> bool:
        """Whether it is the route of this fetcher."""
        return fetcher.dataset is self._raw.dataset and fetcher.collate_fn is self._collate

    def through(self, fetch: Fetch) -> Fetch:
        """Return what to call in place of `fetch`."""

        def fetched(index: Any) -> Any:
            self._fetched += 1
            if not self.open or self._fetched <= UNTOUCHED:
                return fetch(index)
            return self._fetch(index, fetch)

        return fetched

    def _fetch(self, index: Any, fetch: Fetch) -> Any:
        made = None
        try:
            if type(index) is not list or set(map(type, index)) != {int}:
                self.open = False
            elif self._levels is None:
                self.open = self._found_out()
            elif self._assembly is not None:
                made = self._made(index, self._levels, self._assembly)
                self.open = made is not None
        except Exception:  # noqa: BLE001 - the notebook's own way tells what is wrong, if anything
            self.open = False
        if not self.open:
            return fetch(index)
        if made is not None and not self._to_compare(len(index)):
            return made
        return self._compare(made, index, fetch)

    def _found_out(self) -> bool:
        """Find out what the transform does, and whether it and the `collate_fn` are pure."""
        known = self._shared.get(self._raw.transform)
        watches = [
            known[0] if known else purity.watch(self._raw.transform),
            purity.watch(self._collate),
        ]
        self._watches = [each for each in watches if each is not None]
        if len(self._watches) < len(watches) or not self._unchanged():
            return False
        if known is not None and known[1].size == self._raw.size:
            self._levels = known[1]
            return True
        before = random_states.states()
        self._levels = levels(self._raw.dataset, self._raw.item)
        if random_states.states() != before:
            random_states.put_back(before)
            return False
        if self._levels is not None:
            self._shared[self._raw.transform] = self._watches[0], self._levels
        return self._levels is not None

    def _unchanged(self) -> bool:
        return self._raw.unchanged and all(each.holds() for each in self._watches)

    def _made(self, index: list[int], known: Levels, put: Assembly) -> Any:
        """Return the batch of these rows, made at once; None where something has changed."""
        if not self._unchanged():
            return None
        return put.make(*self._raw.take(np.array(index), known.shape))

    def _to_compare(self, size: int) -> bool:
        """Whether a batch of this size is to be made in both ways."""
        few = self._compared < COMPARED_FIRST or size not in self._sizes
        return few or self._fetched % COMPARED_EVERY == 0

    def _compare(self, made: Any, index: list[int], fetch: Fetch) -> Any:
        """Return the batch as the notebook makes it, and see whether `made` is the same."""
        before = random_states.states()
        batch = fetch(index)
        if random_states.states() != before:
            self.open = False
        elif made is None:
            self._assembly = assembly(batch, len(index), self._levels) if self._levels else None
            self.open = self._assembly is not None
        elif same(made, batch):
            self._compared += 1
            self._sizes.add(len(index))
        else:
            self.open = False
            if self._compared >= COMPARED_FIRST:
                note(
                    "batches that the grader had prepared differed from the notebook's own: grade "
                    "it again with --faithful"
                )
        return batch
