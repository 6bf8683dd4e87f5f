"""Fashion-MNIST: 70,000 pieces of clothing, in MNIST's format."""

from typing import Literal, final

from pydantic import Field

from ibspec.data.archive import Archive
from ibspec.data.dataset import Data, Dataset
from ibspec.data.image_files import find_or_download, train_and_test
from ibspec.data.places import Places

FOLDER = "fashion_mnist"

MIRRORS = (
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/"
    "b2617bb6d3ffa2e429640350f613e3291e10b141/data/fashion/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
)
"""The publishers' own copies, tried in turn. The second has no encryption; the hashes vouch for the bytes."""

TRAIN_IMAGES = Archive(
    name="train-images-idx3-ubyte",
    axes=3,
    packed_bytes=26_421_880,
    packed_sha256="3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    unpacked_bytes=47_040_016,
    unpacked_sha256="c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
)
TRAIN_LABELS = Archive(
    name="train-labels-idx1-ubyte",
    axes=1,
    packed_bytes=29_515,
    packed_sha256="a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    unpacked_bytes=60_008,
    unpacked_sha256="bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
)
TEST_IMAGES = Archive(
    name="t10k-images-idx3-ubyte",
    axes=3,
    packed_bytes=4_422_102,
    packed_sha256="346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    unpacked_bytes=7_840_016,
    unpacked_sha256="5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
)
TEST_LABELS = Archive(
    name="t10k-labels-idx1-ubyte",
    axes=1,
    packed_bytes=5_148,
    packed_sha256="67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    unpacked_bytes=10_008,
    unpacked_sha256="0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
)


@final
class FashionMnist(Data):
    """Clothing of ten sorts, 28x28 grey values scaled to 0..1, all different: H(X) is log2 70000 bits.

    60,000 training and 10,000 test images; classes 0 to 9 are T-shirt, trouser, pullover, dress, coat,
    sandal, shirt, sneaker, bag, ankle boot, each equally often: H(Y) is log2 10 bits.

    Attributes:
        data_dir: Directory with a folder `fashion_mnist` that has the files, packed or not.

    Source:
        Xiao, Rasul & Vollgraf (2017), arXiv:1708.07747.
    """

    kind: Literal["fashion-mnist"] = "fashion-mnist"
    data_dir: str | None = Field(default=None, min_length=1)

    def load(self, places: Places) -> Dataset:
        """Read local files; else download them into the user's cache."""
        archives = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)
        found = find_or_download(self.kind, archives, FOLDER, MIRRORS, places, self.data_dir)
        return train_and_test(self.kind, archives, found)
