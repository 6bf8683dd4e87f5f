"""JSON is read as the standard means it, and what is wrong is found by line and column."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibspec.core import SpecError
from ibspec.spec.strict_json import DEEPEST, NotJson, parse_strictly

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.sampled_from([None, 2]))
def test_plain_json_is_read_as_the_standard_library_reads_it(value, indent):
    assert parse_strictly(json.dumps(value, indent=indent), "x") == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n  "a": 1\n  "b": 2\n}', "x: not valid JSON: expecting ',' delimiter, line 3 column 3"),
        ('{"a": tru}', "x: not valid JSON: expecting value, line 1 column 7"),
        ("{'a': 1}", "x: not valid JSON: expecting property name enclosed in double quotes, line 1 column 2"),
        ('{"a": 1} x', "x: not valid JSON: extra data, line 1 column 10"),
        ('{"a": [1', "x: not valid JSON: expecting ',' delimiter, line 1 column 9"),
        ("", "x: not valid JSON: it is empty, line 1 column 1"),
        (" \n\n", "x: not valid JSON: it is empty, line 1 column 1"),
    ],
)
def test_malformed_json_is_placed(text, message):
    with pytest.raises(NotJson, match=f"^{re.escape(message)}$"):
        parse_strictly(text, "x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n"a": 1,\n"b": 2,\n"a": 3}', "x: key 'a' stands twice in one object (lines 2 and 4); keep one"),
        ('{"a": 1, "a": 1}', "x: key 'a' stands twice in one object (line 1); keep one"),
        # The same key in other objects, and in texts, does not mislead.
        (
            '{"k": {"k": "k: {"},\n "l": [{"k": 1}, {"k": 2}],\n "m": {"n": 1,\n\n "n": 2}}',
            "x: key 'n' stands twice in one object (lines 3 and 5); keep one",
        ),
        ('{"\\u0061": 1,\n "a": 3}', "x: key 'a' stands twice in one object (lines 1 and 2); keep one"),
        ('{"say \\"a\\"": 1,\n "say \\"a\\"": 3}', "(lines 1 and 2); keep one"),
        ('{"a": {"b": 1, "b": 2}, "c": [}', "x: key 'b' stands twice in one object (line 1)"),
    ],
)
def test_a_key_that_stands_twice_is_refused(text, message):
    with pytest.raises(SpecError, match=re.escape(message)):
        parse_strictly(text, "x")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused_with_its_line(number):
    text = f'{{"about": "{number} is in a text",\n "v": [1,\n {number}]}}'
    with pytest.raises(
        SpecError, match=rf"^x: {number} \(line 3\) is not a number in JSON; write a finite one$"
    ):
        parse_strictly(text, "x")


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1" * 400 + ".0"])
def test_reals_too_large_to_hold_are_refused(number):
    with pytest.raises(SpecError, match=r"^x: the number -?1.* \(line 2\) is too large; write a finite one$"):
        parse_strictly(f"[\n{number}]", "x")


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_number_of_400_digits_is_refused_and_not_printed(sign):
    with pytest.raises(
        SpecError, match=r"the number -?1+\.\.\. \(40\d characters\).*at most 30 digits"
    ) as caught:
        parse_strictly(f'{{"seed": {sign}{"1" * 400}}}', "x")
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("text", ["[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1"])
def test_a_hundred_thousand_brackets_do_not_crash(text):
    with pytest.raises(SpecError, match=r"^x: brackets nested too deeply to be a spec$"):
        parse_strictly(text, "x")


@pytest.mark.parametrize("opened", ["[", '{"a":'])
def test_brackets_may_be_nested_so_deep_and_no_deeper(opened):
    def nested(depth):
        return opened * depth + "1" + {"[": "]"}.get(opened, "}") * depth

    parse_strictly(nested(DEEPEST), "x")
    with pytest.raises(SpecError, match="nested too deeply"):
        parse_strictly(nested(DEEPEST + 1), "x")


def test_very_many_keys_do_not_take_very_long():
    text = "{" + ",".join(f'"k{number}": 1' for number in range(200_000)) + ', "k7": 2}'
    with pytest.raises(SpecError, match="key 'k7' stands twice"):
        parse_strictly(text, "x")
