"""Whatever the bytes are, the checker answers with findings, and soon."""

import random
import re
import struct
import time

import pytest
import tflite
from tflite_check import check
from tflite_check.model import DamagedError, read

from tests.tflite_check.made import ROW, changed, dense, judged, made, packed

SEED = 20_240_918


@pytest.mark.parametrize(
    ("content", "rule", "word"),
    [
        (b"", "empty", "empty"),
        (b"x", "not-tflite", "TFL3"),
        (b"A text that is long enough to be anything.", "not-tflite", "TFL3"),
        (b"PK\3\4" + bytes(40), "not-tflite", ".keras"),
        (b"\x89HDF\r\n" + bytes(40), "not-tflite", ".h5"),
        (b"version https://git-lfs.github.com/spec/v1\n", "not-tflite", "git lfs pull"),
        (b"<!DOCTYPE html>", "not-tflite", "web page"),
        (b"\x10\0\0\0TFL3", "damaged", "cut short"),
        (b"\x08\0\0\0TFL3" + bytes(100), "damaged", "cut short"),
        (random.Random(SEED).randbytes(5000), "not-tflite", "TFL3"),
    ],
)
def test_no_model(content, rule, word):
    (fault,) = check(content)
    assert judged([fault]) == f"error {rule}" and fault.place == "file"
    assert word in fault.text


def test_cut_short():
    """Wherever it is cut. What is last in a file is read too, but for zeros that fill it up."""
    content = made("good")
    for length in [*range(8, len(content), 61), len(content) - 16]:
        found = check(content[:length])
        assert found and found[0].rule == "damaged", length
        with pytest.raises(DamagedError):
            read(content[:length])


CONV = r"operator \d+ CONV_2D"


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (lambda parts: setattr(parts.op, "inputs", [0, 999]), CONV, "names tensor 999"),
        (lambda parts: setattr(parts.op, "inputs", [-2, 1]), CONV, "names tensor -2"),
        (lambda parts: setattr(parts.op, "inputs", parts.op.inputs[:1]), CONV, "lacks an input"),
        (lambda parts: setattr(parts.op, "outputs", [-1]), CONV, "lacks an input or an output"),
        (lambda parts: setattr(parts.op, "outputs", []), CONV, "lacks an input or an output"),
        (lambda parts: setattr(parts.op, "opcodeIndex", 999), r"operator \d+", "code 999"),
        (lambda parts: setattr(parts.tensors[1], "buffer", 999), r"tensor \d+", "buffer 999"),
        (lambda parts: setattr(parts.tensors[3], "shape", [1] * 9), r"tensor \d+", "9 dimensions"),
        (lambda parts: setattr(parts.model, "subgraphs", []), "file", "no subgraph"),
        (lambda parts: setattr(parts.model, "version", 2), "file", "version 2"),
        (lambda parts: setattr(parts.graph, "inputs", []), "file", "no input"),
        (lambda parts: setattr(parts.graph, "inputs", [-1]), "file", "no input"),
    ],
)
def test_damage_names_its_place(change, place, words):
    (fault,) = check(changed(change))
    assert judged([fault]) == "error damaged" and re.fullmatch(place, fault.place), fault
    assert words in fault.text, fault


def test_promised_length_costs_no_time():
    """Two billion buffers, in a field of zeros, where each reads as an empty one."""
    content = bytearray(dense(0.01).done())
    model = tflite.Model.GetRootAs(content)._tab
    buffers = model.Pos + model.Offset(12)
    content[buffers : buffers + 4] = struct.pack("<I", len(content) - buffers)
    content += struct.pack("<I", 2**31 - 1) + bytes(8_000_000)
    begin = time.process_time()
    (fault,) = check(bytes(content))
    assert "promises more than the file has bytes" in fault.text
    assert time.process_time() - begin < 1


def test_the_same_bytes_named_many_times():
    """A small file can promise gigabytes: here 2,000 tensors share a name of 100,000 letters."""
    graph = dense(0.01)
    for _ in range(2000):
        graph.graph.tensors[graph.tensor(ROW)].name = b"n" * 100_000
    content = packed(graph.model, shared=True)
    assert len(content) < 500_000
    (fault,) = check(content)
    assert "promises more than the file has bytes" in fault.text


def test_names_are_safe_to_print():
    """And nothing in them is taken for a place to fill in."""
    for name in (b"\x1b[31m\xff\n" + b"long" * 100, b"{found.__class__}{0}"):

        def rename(parts, name=name):
            parts.tensors[1].name = name

        assert judged(check(changed(rename, "FULLY_CONNECTED", "per-channel")))


def test_an_operator_that_reads_its_own_output():
    """The way back from a rescaling to the input has no end then."""

    def turn(parts):
        parts.op.inputs = parts.op.outputs

    judged(check(changed(turn, "QUANTIZE", "rescaled-on-1-float-io")))


def test_fuzz():
    """10,000 damaged files: no exception, and none takes long."""
    chance = random.Random(SEED)
    sources = [dense(0.01).done()] * 2 + [made(name) for name in ("good", "elu", "rescaled-on-1")]
    slowest, rules = 0.0, set()
    for _ in range(10_000):
        content = bytearray(chance.choice(sources))
        if chance.random() < 0.3:
            content[8:] = chance.randbytes(chance.randrange(400))
        for _ in range(chance.choice((0, 1, 2, 4, 16))):
            place = chance.randrange(len(content) + 1)
            word = chance.choice((0, 1, 2**31 - 1, 2**32 - 1, len(content)))
            match chance.randrange(3):
                case 0:
                    content[place : place + 1] = chance.randbytes(1)
                case 1:
                    content[place & ~3 : (place & ~3) + 4] = struct.pack("<I", word)
                case 2:
                    del content[place : place + chance.randrange(4)]
        begin = time.process_time()
        found = check(bytes(content))
        slowest = max(slowest, time.process_time() - begin)
        rules |= set(judged(found).split(", "))
    assert slowest < 2
    assert len(rules) > 20, rules  # it reaches the rules, and not the header alone
