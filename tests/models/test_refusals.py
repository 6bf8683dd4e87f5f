"""What cannot be a net is refused in words, with the key to change, before memory is touched."""

import time

import pytest
from pydantic import ValidationError

from ibspec.core import SpecError
from tests.models.examples import FLATTEN, cnn, conv, dense, dropout, mlp, pool, read

OUTPUT = dense(10, "softmax")
HUGE = 10**400  # no float holds it


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (cnn(), r"(?s)layers.*at least 1 item"),
        (cnn(FLATTEN), "the last of layers must be dense with activation softmax or linear"),
        (cnn(FLATTEN, dense(10, "relu")), "the last of layers must be dense with activation softmax or lin"),
        (
            cnn(FLATTEN, dense(9, "softmax"), OUTPUT),
            r"softmax belongs to the last layer only; layers\[1\] has",
        ),
        (cnn(conv(activation="softmax"), FLATTEN, OUTPUT), r"(?s)layers\.0\.conv\.activation.*'softmax'"),
        (cnn(conv(padding="same", stride=2), FLATTEN, OUTPUT), "padding 'same' needs stride 1; got stride 2"),
        (cnn(conv(padding="full"), FLATTEN, OUTPUT), r"(?s)layers\.0\.conv\.padding.*'valid' or 'same'"),
        (cnn(conv(kernel=0), FLATTEN, OUTPUT), r"(?s)layers\.0\.conv\.kernel.*greater than 0"),
        (cnn(conv(kernel=3.5), FLATTEN, OUTPUT), r"(?s)layers\.0\.conv\.kernel.*integer"),
        (cnn(conv(channels="32"), FLATTEN, OUTPUT), r"(?s)layers\.0\.conv\.channels.*integer"),
        (cnn(conv(size=3), FLATTEN, OUTPUT), r"(?s)layers\.0\.conv\.size.*not permitted"),
        (cnn(pool(0), FLATTEN, OUTPUT), r"(?s)layers\.0\.max-pool\.size.*greater than 0"),
        (cnn(dropout(1.0), FLATTEN, OUTPUT), r"(?s)layers\.0\.dropout\.rate.*less than 1"),
        (cnn(dropout(-0.1), FLATTEN, OUTPUT), r"(?s)layers\.0\.dropout\.rate.*greater than or equal to 0"),
        (cnn({"kind": "lstm"}, OUTPUT), r"(?s)layers\.0.*'lstm'"),
        (cnn(FLATTEN, dense(10, "swish")), r"(?s)layers\.1\.dense\.activation.*'swish'"),
        (mlp(0), r"(?s)hidden\.0.*greater than 0"),
        (mlp(3.5), r"(?s)hidden\.0.*integer"),
        (mlp(3, activation="softmax"), r"(?s)activation.*'softmax'"),
        (mlp(3, init={"kind": "ones"}), r"(?s)init.*'ones'"),
        (mlp(3, init={"kind": "normal"}), r"(?s)init\.normal\.std.*required"),
        (mlp(3, init={"kind": "normal", "std": 0}), r"(?s)init\.normal\.std.*greater than 0"),
        (mlp(3, init={"kind": "he-normal", "std": 1}), r"(?s)init.*std.*not permitted"),
        (mlp(3, units=4), r"(?s)units.*not permitted"),
        ({"kind": "rnn"}, "(?s)'rnn'.*'mlp', 'cnn'"),
    ],
)
def test_a_spec_that_is_wrong_by_itself(document, message):
    with pytest.raises(ValidationError, match=message):
        read(document)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            cnn(conv(kernel=29), FLATTEN, OUTPUT),
            r"model\.layers\[0\] \(conv1\) does not fit .*\(1, 28, 28\).*29",
        ),
        (
            cnn(conv(kernel=20), conv(kernel=10), FLATTEN, OUTPUT),
            r"model\.layers\[1\] \(conv2\).*\(4, 9, 9\)",
        ),
        (cnn(pool(29), FLATTEN, OUTPUT), r"model\.layers\[0\] \(pool\) does not fit .*\(1, 28, 28\)"),
        (cnn(OUTPUT), r"model\.layers\[0\]: a dense layer needs one row of units.*flatten"),
        (cnn(conv(), OUTPUT), r"model\.layers\[1\]: a dense .* it gets \(4, 26, 26\)"),
        (cnn(FLATTEN, conv(), FLATTEN, OUTPUT), r"model\.layers\[1\]: a conv layer needs images.*\(784,\)"),
        (cnn(FLATTEN, pool(), OUTPUT), r"model\.layers\[1\]: a max-pool layer needs images.*\(784,\)"),
        (cnn(FLATTEN, dense(9, "softmax")), r"model\.layers\[1\]\.units: the data have 10 classes.*got 9"),
    ],
)
def test_layers_that_do_not_fit(document, message):
    with pytest.raises(SpecError, match=message):
        read(document).lay_out((1, 28, 28), 10)


@pytest.mark.parametrize("layer", [conv(), pool()])
def test_rows_of_units_are_no_images(layer):
    with pytest.raises(SpecError, match=r"model\.layers\[0\]: a .* layer needs images .*it gets \(784,\)"):
        read(cnn(layer, FLATTEN, OUTPUT)).lay_out((784,), 10)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (mlp(2**40), r"model\.hidden\[0\]: a layer with 8\.62e\+14 weights"),
        (mlp(10, 2**38), r"model\.hidden\[1\]: a layer with 2\.75e\+12 weights"),
        (mlp(HUGE), r"model\.hidden\[0\]: a layer with 7\.84e\+402 weights"),
        (cnn(FLATTEN, dense(2**40), OUTPUT), r"model\.layers\[1\]\.units: a layer with 8\.62e\+14 weights"),
        (
            cnn(conv(channels=2**40), FLATTEN, OUTPUT),
            r"model\.layers\[0\]\.channels: a layer with 9\.90e\+12",
        ),
        # few weights, but an activity of 2**41 values a sample
        (cnn(conv(channels=2**31, kernel=1), FLATTEN, OUTPUT), r"model\.layers\[0\]\.channels: a layer with"),
        (cnn(conv(kernel=10**12), FLATTEN, OUTPUT), r"model\.layers\[0\]\.kernel: a layer with 1\.00e\+24"),
        (
            cnn(conv(channels=HUGE), FLATTEN, OUTPUT),
            r"model\.layers\[0\]\.channels: a layer with 9\.00e\+400",
        ),
        (cnn(conv(stride=10**30), FLATTEN, OUTPUT), r"model\.layers\[0\] \(conv1\) does not fit .*stride"),
        (cnn(pool(10**30), FLATTEN, OUTPUT), r"model\.layers\[0\] \(pool\) does not fit"),
    ],
)
def test_monsters_are_refused_without_allocating(document, message):
    """Allocating the smallest of them would take terabytes, and counting up to it hours."""
    started = time.monotonic()
    with pytest.raises(SpecError, match=message) as error:
        read(document).lay_out((1, 28, 28), 10)
    assert "\n" not in str(error.value)
    assert time.monotonic() - started < 5


def test_of_an_output_too_large_the_last_hidden_layer_is_named():
    with pytest.raises(SpecError, match=r"model\.hidden\[0\]: a layer with 2\.75e\+12 weights"):
        read(mlp(2**38)).lay_out((1,), 10)


def test_the_largest_net_that_is_not_a_slip_of_the_pen():
    read(mlp(2**20, 2**20)).lay_out((1,), 2)
    with pytest.raises(SpecError, match=r"model\.hidden\[1\]: a layer with 1\.10e\+12 weights"):
        read(mlp(2**20, 2**20 + 1)).lay_out((1,), 2)
