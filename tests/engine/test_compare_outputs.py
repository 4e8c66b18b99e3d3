"""tools/engine/compare_outputs.py: what may differ between two runs of the same code."""

import pytest

from tools.engine.compare_outputs import difference


@pytest.mark.parametrize(
    ("shown", "page"),
    [
        ("a\nb", "a\n\n  b"),  # spaces
        ("took 31 ms\nb", "took 7 ms\nb"),
        ("loss 0.31\nb", "loss 0.32\nb"),  # one number of two lines
        ("<Image at 0x7F54203B99D0>\nb", "<Image at 0x7F5420397610>\nb"),
        ("<object at 0x7f54203b99d0>\nb", "<object at 0x7f5420397610>\nb"),
        ("ValueError: no", "keras.src.ValueError: no"),
    ],
)
def test_what_may_differ(shown, page):
    assert difference([shown], [page]) == ""


def test_other_words_are_named():
    assert difference(["one\ntwo"], ["one\nthree"]) == "shown:   two\non page: three"


def test_other_numbers_are_counted():
    report = difference(["loss 1\nloss 2\nthe end"], ["loss 3\nloss 4\nthe end"])
    assert report == "only 1 of 3 lines show the same numbers"
