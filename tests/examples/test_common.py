"""examples/common.py: what every program relies on."""

import argparse
import errno
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from examples import common
from tests.forked import EXAMPLES

# What a program may be started with; its own work is to print.
PROGRAM = """
import contextlib, os, sys
sys.path.insert(0, sys.argv[1])
import common

def main():
    options = common.parser("Test.", "test.py").parse_args([*sys.argv[2:]])
    print("일곱")
    with open("picture", "wb") as file:
        file.write(b"whole")
        file.flush()
        with contextlib.suppress(OSError):
            os.write(2, b"TensorFlow's notes")

sys.exit(common.run(main))
"""


def shell(command, folder, **environment):
    """Run a line of the shell, in which $P is a program; returns what subprocess.run does."""
    (folder / "program.py").write_text(PROGRAM)
    line = command.replace("$P", f"{sys.executable} program.py {EXAMPLES}")
    return subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("text", "right"),
    [("1", True), ("10", True), ("+-5", False), ("0", False), ("11", False), ("", False)],
)
def test_a_number_is_in_its_range(text, right):
    convert = common.number(1, 10)
    if right:
        assert convert(text) == int(text)
    else:
        with pytest.raises(argparse.ArgumentTypeError, match="is not a whole number from 1 to 10"):
            convert(text)


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "0", "much", ""])
def test_a_real_number_is_in_its_range(text):
    convert = common.number(1e-6, 10, float)
    assert convert("0.5") == 0.5
    with pytest.raises(argparse.ArgumentTypeError, match="is not a number from 1e-06 to 10"):
        convert(text)


def test_help_shows_defaults_and_exit_codes(capsys):
    parser = common.parser("Train.", "x.py")
    common.add_training_options(parser, "runs/x", 3)
    with pytest.raises(SystemExit):
        parser.parse_args(["--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "(default: 3)" in text and "(default: runs/x)" in text and "(default: 0)" in text
    assert "None" not in text and "False" not in text
    assert common.EXIT_CODES in text


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (common.UserError("No."), 1, "x.py: No.\n"),
        (KeyboardInterrupt(), 130, "Stopped.\n"),
        (KeyboardInterrupt("all is in a"), 130, "Stopped: all is in a.\n"),
        (SystemExit(2), 2, ""),
        (SystemExit(), 0, ""),
    ],
)
def test_each_end_has_its_code(error, code, text, capsys, monkeypatch):
    def main():
        raise error

    monkeypatch.setattr(sys, "argv", ["/a/x.py"])
    assert common.run(main) == code
    assert capsys.readouterr().err == text


def test_a_fault_of_the_program_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        common.run(lambda: 1 // 0)


@pytest.mark.parametrize(
    ("options", "unbuffered", "code"),
    [("", "", 1), ("", "1", 1), ("--help", "", 1), ("--help", "1", 0)],
)
def test_a_closed_pipe_is_a_quiet_end(tmp_path, options, unbuffered, code):
    """Only argparse does not tell."""
    line = f"(sleep 0.3; $P {options}) | true; exit ${{PIPESTATUS[0]}}"
    done = shell(line, tmp_path, PYTHONUNBUFFERED=unbuffered)
    assert (done.returncode, done.stderr.replace("TensorFlow's notes", "")) == (code, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_to_a_full_disk_is_one_sentence(tmp_path, unbuffered):
    done = shell("$P > /dev/full", tmp_path, PYTHONUNBUFFERED=unbuffered)
    assert done.returncode == 1
    text = done.stderr.replace("TensorFlow's notes", "")
    assert text == (
        "program.py: the output cannot be written (No space left on device): "
        "make room, or send it somewhere else.\n"
    )


def test_a_terminal_without_the_letters_gets_them_escaped(tmp_path):
    done = shell("$P", tmp_path, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stdout) == (0, "\\uc77c\\uacf1\n")


@pytest.mark.parametrize("closed", ["2>&-", ">&- 2>&-"])
def test_no_file_gets_the_descriptor_of_a_closed_stream(tmp_path, closed):
    """TensorFlow prints to descriptor 2, whatever that is."""
    done = shell(f"$P {closed}", tmp_path)
    assert done.returncode == 0
    assert (tmp_path / "picture").read_bytes() == b"whole"


def use(folder, overwrite=False):
    """Make and lock a folder for results, and let it go; returns what can be seen there."""
    with common.results_folder(folder, overwrite) as made:
        assert made == folder
        return sorted(path.name for path in common.visible(folder))


def test_a_folder_with_results_is_kept_unless_it_may_be_overwritten(tmp_path):
    new = tmp_path / "a" / "b"
    assert use(new) == use(new) == []
    for name in ("model", "probe", ".hidden"):  # of the user, whatever their names are
        (new / name).write_text("mine")
    with pytest.raises(common.UserError, match=r"holds earlier results.*--overwrite"):
        use(new)
    assert use(new, overwrite=True) == ["model", "probe"]
    assert {(new / name).read_text() for name in ("model", "probe", ".hidden")} == {"mine"}


def test_hidden_files_are_no_results(tmp_path):
    """A killed save leaves one, and so do the systems that show folders."""
    for name in (".1234.json", ".DS_Store"):
        (tmp_path / name).write_text("")
    assert use(tmp_path) == []


def test_a_folder_belongs_to_one_process(tmp_path):
    words = r"Another process is at work in .*: wait for it, or name another folder with --out\."
    with common.results_folder(tmp_path, overwrite=True):
        (tmp_path / "mine").write_text("")
        with pytest.raises(common.UserError, match=words):
            use(tmp_path, overwrite=True)
    assert use(tmp_path, overwrite=True) == ["mine"]


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("file", "Not a directory"),
        ("file/below", "Not a directory"),
        ("/dev/full/x", "Not a directory"),
        ("x" * 300, "File name too long"),
        ("x" * 300 + "/below", "File name too long"),
    ],
)
def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path, place, reason):
    (tmp_path / "file").write_text("")
    with pytest.raises(common.UserError) as error:
        use(tmp_path / place, overwrite=True)
    assert str(error.value).endswith(
        f"cannot be written ({reason}): name another folder with --out."
    )


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, None])
def test_room_is_asked_for_where_there_is_none(number):
    error = OSError(number, "No space") if number else OSError("Unable to write")
    assert ": make room, or name another" in str(common.cannot_write(Path("a"), error))


def test_a_full_folder_for_temporary_files_is_named(monkeypatch):
    """And not taken for a full standard output."""
    with (
        pytest.raises(common.UserError, match=r"temporary files cannot.*\(No space.*TMPDIR"),
        common.temporary_folder() as folder,
    ):
        assert folder.is_dir()
        raise OSError(errno.ENOSPC, "No space left on device")
    assert not folder.exists()
    monkeypatch.setattr(tempfile, "tempdir", "/dev/full")
    with pytest.raises(common.UserError, match="temporary files"), common.temporary_folder():
        pass


def test_a_file_is_whole_or_as_it_was(tmp_path):
    path = tmp_path / "a.json"
    with common.atomic_write(path) as part:
        assert part.suffix == ".json" and part.parent == tmp_path
        part.write_text("old")
    for error in (OSError(28, "No space left on device"), KeyboardInterrupt):
        raised = common.UserError if isinstance(error, OSError) else KeyboardInterrupt
        with pytest.raises(raised), common.atomic_write(path) as part:
            part.write_text("ne")
            raise error
        assert path.read_text() == "old" and [*tmp_path.iterdir()] == [path]
    (tmp_path / "folder").mkdir()
    with (
        pytest.raises(common.UserError, match=r"folder cannot be written \(Is a directory\)"),
        common.atomic_write(tmp_path / "folder") as part,
    ):
        part.write_text("x")


@pytest.mark.parametrize(
    ("epochs", "kept"),
    [
        (0, "the first epoch was not finished"),
        (1, "the first epoch is in a"),
        (2, "the first 2 epochs are in a"),
    ],
)
def test_ctrl_c_says_what_is_kept(epochs, kept):
    assert common.stopped(epochs, Path("a")).args == (kept,)
    assert common.stopped(epochs, None).args == ()


def test_the_first_signal_is_noted_and_the_second_ends_at_once():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), common.signals(signal.SIGINT, signal.SIGTERM) as caught:
        assert not caught
        signal.raise_signal(signal.SIGTERM)
        assert caught == [signal.SIGTERM]
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("went on after the second signal")
    assert signal.getsignal(signal.SIGINT) is before
