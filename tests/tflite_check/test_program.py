"""check_tflite.py: its report, its exit codes, the runs of a file; and its page."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import check_tflite
import numpy as np
import pytest
import tflite_check
from check_tflite import main

from tests.forked import EXAMPLES
from tests.tflite_check.made import changed, dense, made
from tools.pages import as_markdown

ROOT = EXAMPLES.parent
PROGRAM = EXAMPLES / "check_tflite.py"
OLD_PYTHON = os.environ.get("TFLITE_27_PYTHON", "")


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Writes files into a working folder; returns their names."""
    monkeypatch.chdir(tmp_path)

    def write(*names, **contents):
        contents |= {name: made(name) for name in names}
        for name, content in contents.items():
            Path(f"{name}.tflite").write_bytes(content)
        return [f"{name}.tflite" for name in contents]

    return write


@pytest.fixture
def reports(files, capsys):
    """Check files that are made, and return the exit code and the reports."""

    def check(*names, options=(), **contents):
        written = files(*names, **contents)
        capsys.readouterr()  # what Keras prints about an export
        code = main([*written, "--json", *map(str, options)])
        return code, json.loads(capsys.readouterr().out)

    return check


def rules(report):
    return [fault["rule"] for fault in report["findings"]]


def test_good_file(files, capsys):
    assert main(files("good")) == 0
    printed = capsys.readouterr().out
    assert re.search(
        r"^  input  int8 1x28x28x1, scale 0.0039\d+, zero point -128, '", printed, re.M
    )
    assert re.search(r"^ +0 CONV_2D +3  1x13x13x4 +int8 4x3x3x1, 4 scales$", printed, re.M)
    assert printed.endswith("\nErrors: 0, warnings: 0\n")


def test_bad_file_among_good_ones(files, capsys):
    assert main(files("float-io", "gelu")) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(re.fullmatch(r"error: Operator \d+ GELU is .*\. \[operation\]", n) for n in lines)
    assert "Errors: 0, warnings: 1" in lines and "Errors: 1, warnings: 0" in lines


def test_json(reports):
    code, (good, bad) = reports("good", "float")
    assert code == 1
    assert good["file"] == "good.tflite" and good["findings"] == []
    assert good["inputs"][0]["shape"] == [1, 28, 28, 1] and good["inputs"][0]["zero_point"] == -128
    assert good["operators"][0]["name"] == "CONV_2D"
    (fault,) = bad["findings"]
    assert fault["rule"] == "float" and fault["place"].startswith("tensor 0")
    assert fault["others"][0].startswith("tensor") and fault["source"].startswith("https://coral")


def test_unreadable_file_does_not_hide_others(files, capsys):
    assert main(["missing.tflite", *files("good")]) == 1
    captured = capsys.readouterr()
    assert "Errors: 0" in captured.out and "missing.tflite" in captured.err


def test_ctrl_c(files):
    many = files("good") * 100  # so that it is still at work, however late the signal comes
    command = [sys.executable, PROGRAM, *many, "--images", "10000"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr.readline().startswith("Data: ")
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert process.stderr.read() == "Stopped.\n"


def test_help_names_the_exit_codes(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "1 an error was found" in " ".join(capsys.readouterr().out.split())


def test_starts_without_tensorflow():
    code = (
        f"import sys; sys.path.insert(0, {str(EXAMPLES)!r}); import check_tflite; "
        "print([name for name in ('tensorflow', 'keras', 'ai_edge_litert') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n", done.stderr


# --- Runs ----------------------------------------------------------------------------------------


def float_options(count):
    Path("float.tflite").write_bytes(made("means-float"))
    return ["--images", count, "--float", "float.tflite"]


def test_images(reports):
    code, (report,) = reports("means", options=float_options(200))
    assert code == 0 and report["images"] == 200 and report["accuracy"] > 0.5


def test_a_model_that_lost_its_accuracy(reports):
    code, (report,) = reports("inverted", options=float_options(100))
    assert code == 1 and rules(report) == ["accuracy"]
    assert "representative data like the training data" in report["findings"][0]["text"]


def test_a_model_that_always_answers_the_same(reports):
    def no_weights(parts):
        parts.buffer(1).data = np.zeros_like(parts.buffer(1).data)

    constant = changed(no_weights, "FULLY_CONNECTED", "means")
    assert reports(constant=constant)[0] == 0
    code, (report,) = reports(constant=constant, options=["--images", 20])
    assert code == 1 and rules(report) == ["one-class"]
    assert "to all of 20 images" in report["findings"][0]["text"]


def test_pixels_of_another_range_are_named_as_the_cause(reports):
    """Not the answers that follow from them."""
    code, (report,) = reports("rescaled-on-1", options=["--images", 50])
    assert code == 1 and rules(report) == ["pixel-range"] and report["accuracy"] < 0.5
    code, (report,) = reports("rescaled", options=["--images", 50])
    assert code == 0 and report["accuracy"] > 0.5


def test_pixels_of_another_range_than_the_float_model_takes(reports, files):
    """Where no rescaling tells, the float model does."""
    (float_file,) = files("rescaled-float")
    options = ["--images", 100, "--float", float_file]
    code, (report,) = reports("inverted", options=options)
    assert code == 1 and rules(report) == ["accuracy"]
    assert "pixels from 0 to 1 and the float model takes 0 to 255" in report["findings"][0]["text"]


@pytest.mark.skipif(not OLD_PYTHON, reason="no TFLite of the compiler's age: make old-tflite")
def test_old_runtime_shows_the_per_channel_trap(reports):
    for python, expected in ((sys.executable, set()), (OLD_PYTHON, {"one-class"})):
        _, (report,) = reports("per-channel", options=["--images", 50, "--python", python])
        assert set(rules(report)) == {"per-channel-dense"} | expected


def test_a_run_that_crashes(reports):
    Path("python").write_text("#!/bin/sh\nkill -SEGV $$\n")
    Path("python").chmod(0o755)
    code, (report,) = reports("good", options=["--python", "./python"])
    assert code == 1 and "makes the runtime crash" in report["findings"][0]["text"]


def test_model_of_other_pictures_cannot_read_digits(reports):
    assert reports(dense=dense(0.01).done())[0] == 0
    code, (report,) = reports(dense=dense(0.01).done(), options=["--images", 5])
    assert code == 1 and rules(report) == ["runtime"]
    assert "cannot be run: its input of 1x8 is not one 28x28 image" in report["findings"][0]["text"]


# --- The page ------------------------------------------------------------------------------------

COLUMNS = {
    "en": (" (warning)", {"Coral", "LiteRT", "schema", "tried"}),
    "ko": (" (경고)", {"코랄", "LiteRT", "스키마", "실행"}),
}


@pytest.mark.parametrize("language", COLUMNS)
def test_the_page_lists_the_rules(language):
    warning, sources = COLUMNS[language]
    text = as_markdown(PROGRAM.read_text("utf-8"), "check_tflite.py", language)
    rows = re.findall(r"^\| `([\w-]+)`(.*?) \|.+\| (\S+) \|$", text, re.M)
    known = tflite_check.RULES.values()
    assert [(name, level) for name, level, _ in rows] == [
        (rule.name, warning if rule.level == "warning" else "") for rule in known
    ]
    # Each source has one word, which is explained above.
    words = {(rule.source, word) for rule, (*_, word) in zip(known, rows, strict=True)}
    assert {word for _, word in words} == sources and len(words) == len(tflite_check.SOURCES)
    assert all(f"**{word}**" in text for word in sources)


def test_the_program_offers_what_others_import():
    assert check_tflite.check is tflite_check.check
    assert check_tflite.Finding is tflite_check.Finding
