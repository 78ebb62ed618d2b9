"""Finding the data sets that assignments train on, and reading their images.

What counts is the SHA-256 of a file's contents, wherever the file comes from.
Whatever is found ends up, uncompressed and read-only, in the cache folder, in
the layout that torchvision reads: `<root>/<name>/raw/<file>`.
"""

from grader.datasets.finding import FOLDER_VARIABLE, DataMissingError, locate
from grader.datasets.idx import Split, load_images
from grader.datasets.registry import DATASETS, Dataset, Located

__all__ = [
    "DATASETS",
    "FOLDER_VARIABLE",
    "DataMissingError",
    "Dataset",
    "Located",
    "Split",
    "load_images",
    "locate",
]
