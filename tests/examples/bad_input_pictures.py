"""Bad input of predict.py and edge_tpu.py: rows for the table that all programs run through.

A row is (program, options, exit code, words in the sentence). Options name files of `make`, which
is called with the folder in which the program runs.
"""

import io
from pathlib import Path

from tests.examples import drawn


def make(folder: Path) -> None:
    """Write the files that the rows name."""
    drawn.on_paper(3).save(folder / "three.png")
    drawn.blank(drawn.on_paper(3)).save(folder / "blank.png")
    drawn.twice(drawn.on_paper(3)).save(folder / "twins.png")
    drawn.cut_off(drawn.on_paper(3)).save(folder / "cut.png")
    file = io.BytesIO()
    drawn.on_paper(3).save(file, "PNG")
    (folder / "half.png").write_bytes(file.getvalue()[:600])
    (folder / "empty.png").touch()
    (folder / "text.png").write_text("three")
    (folder / "photo.jpg").write_bytes(b"\0\0\0\x18ftypheic" + bytes(200))
    (folder / "text.tflite").write_text("a model")
    (folder / "text.keras").write_text("a model")
    (folder / "folder.tflite").mkdir()
    (folder / "other.npz").write_bytes(b"no arrays")
    (folder / "full").mkdir()
    (folder / "full" / "notes.txt").write_text("mine")


ROWS = [
    ("predict", [], 2, "PICTURE"),
    ("predict", ["--wrong", "three.png"], 2, "--wrong"),
    ("predict", ["--pixels", "7", "three.png"], 2, "--pixels"),
    ("predict", ["gone.png"], 1, "gone.png cannot be read (No such file"),
    ("predict", ["."], 1, "is a folder: name the pictures in it"),
    ("predict", ["empty.png"], 1, "is empty: copy or save the picture again"),
    ("predict", ["text.png"], 1, "is not a picture that this program reads: save it as PNG"),
    ("predict", ["half.png"], 1, "is damaged or incomplete: copy or save it again"),
    ("predict", ["photo.jpg"], 1, "is a HEIC photo, whatever its name says: save it as JPEG"),
    ("predict", ["blank.png"], 1, "has no digit on it that stands out from the paper: write"),
    ("predict", ["twins.png"], 1, "has more than one thing on it: crop it to one digit"),
    ("predict", ["cut.png"], 1, "reaches the edge: leave paper around the digit"),
    ("predict", ["--raw", "three.png"], 1, "is 320x240, and --raw takes 28x28: omit --raw"),
    ("predict", ["--", "--gone.png"], 1, "--gone.png cannot be read"),
    ("predict", ["--model", "gone.tflite", "three.png"], 1, "gone.tflite cannot be read"),
    ("predict", ["--model", "folder.tflite", "three.png"], 1, "folder.tflite cannot be read"),
    ("predict", ["--model", "text.tflite", "three.png"], 1, "text.tflite cannot be used"),
    ("predict", ["--model", "text.keras", "three.png"], 1, "is not a whole .keras file"),
    ("predict", ["--model", "three.png", "three.png"], 1, "neither a .keras nor a .tflite file"),
    ("edge_tpu", ["--epochs=+-5"], 2, "--epochs"),
    ("edge_tpu", ["--examples", "0"], 2, "--examples"),
    ("edge_tpu", ["--data", ""], 1, "--data is empty"),
    ("edge_tpu", ["--data", "other.npz"], 1, "other.npz"),
    ("edge_tpu", ["--model", "gone.keras"], 1, "gone.keras cannot be read"),
    ("edge_tpu", ["--model", "text.keras"], 1, "is not a whole .keras file"),
    ("edge_tpu", ["--model", "text.tflite"], 1, "text.tflite is not a .keras file"),
    ("edge_tpu", ["--out", "full"], 1, "full holds earlier results"),
    ("edge_tpu", ["--out", "three.png"], 1, "three.png cannot be written"),
]
