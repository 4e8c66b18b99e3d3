"""What a kernel sends becomes the outputs of a record."""

import time

import pytest

from tools.engine.outputs import LIMIT, Outputs, as_terminal, text_of


def outputs(*messages):
    collected = Outputs()
    for kind, content in messages:
        collected.add(kind, content)
    return collected.take()


def stream(text, name="stdout"):
    return "stream", {"name": name, "text": text}


def value(text):
    return "execute_result", {"data": {"text/plain": text}}


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("10%\r50%\r100%\n", "100%\n"),
        ("ab\b\b\rxy \x1b[1mbold\x1b[0m\n", "xy bold\n"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("ends\r", "ends"),
    ],
)
def test_text_is_as_a_terminal_leaves_it(printed, shown):
    assert as_terminal(printed) == shown


def test_one_text_may_come_in_pieces():
    (one,) = outputs(stream("5%"), stream("\r10"), stream("0%\n"), stream("x", "stderr"))
    assert one["text"] == "100%\n"


def test_long_lines_take_milliseconds_and_a_cut_is_said():
    start = time.process_time()
    (printed, shown) = outputs(*[stream("x" * 100_000)] * 300, value("y" * (LIMIT + 5)))
    assert time.process_time() - start < 5  # processor time: hours with a quadratic expression
    assert len(printed["text"]) < LIMIT + 100 and "more characters)" in printed["text"][-40:]
    assert text_of(shown).endswith("... (5 more characters)\n")


def test_a_progress_bar_of_many_steps_is_short():
    bars = [stream(f"\r{number}/100000") for number in range(100_000)]
    assert outputs(*bars)[0]["text"] == "99999/100000"


def test_an_object_that_jupyter_shows_in_html_is_shown_as_text():
    html = {"text/html": "<b>1</b>", "text/plain": "\x1b[1m1\x1b[0m\n"}
    assert [text_of(one) for one in outputs(("display_data", {"data": html}))] == ["1\n"]
