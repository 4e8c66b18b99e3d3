"""What the programs share: options, errors, whole files, Ctrl-C."""

import argparse
import contextlib
import os
import secrets
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

EXIT_CODES = (
    "Exit codes: 0 done, 1 a file, folder or model cannot be used, "
    "2 a wrong option, 130 Ctrl-C."
)


class UserError(Exception):
    """One sentence for the user: what is wrong and what to do."""


def parser(description: str) -> argparse.ArgumentParser:
    """A parser that shows defaults and exit codes in its help."""
    # Keras reads it once. TensorFlow's own notes are left out, not
    # its warnings.
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    return argparse.ArgumentParser(
        description=description,
        epilog=EXIT_CODES,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )


def number(low: int, high: int) -> Callable[[str], int]:
    """An argparse type: a whole number from `low` to `high`."""

    def convert(text: str) -> int:
        with contextlib.suppress(ValueError):
            if low <= int(text) <= high:
                return int(text)
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a whole number from {low} to {high}"
        )

    return convert


def run(main: Callable[[], int | None]) -> int:
    """Run a program; returns its exit code (see EXIT_CODES).

    A user's mistake ends in one sentence, not in a traceback.
    """
    # Older terminals cannot show every character of a file's name.
    for stream in filter(None, (sys.stdout, sys.stderr)):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = main() or 0
        if sys.stdout:
            sys.stdout.flush()
        return code
    except UserError as error:
        say(f"{Path(sys.argv[0]).name}: {error}")
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 130
    except BrokenPipeError:  # `program | head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def say(text: str) -> None:
    """Print to stderr, which cron and `2>&-` close."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        print(text, file=sys.stderr, flush=True)


def new_folder(path: Path, overwrite: bool) -> Path:
    """Make the folder for a program's results.

    Raises UserError if it holds something and `overwrite` is false, or
    if nothing can be written there.
    """
    try:
        if path.is_dir() and any(path.iterdir()) and not overwrite:
            raise UserError(
                f"{path} holds earlier results: name another folder "
                "with --out, or add --overwrite."
            )
        path.mkdir(parents=True, exist_ok=True)
        with atomic_write(path / "probe") as probe:
            probe.write_bytes(b"x")
        (path / "probe").unlink()
    except OSError as error:
        raise cannot_write(path, error) from None
    return path


def cannot_write(path: Path, error: OSError) -> UserError:
    """The sentence for a folder or file that cannot be written."""
    return UserError(
        f"{path} cannot be written ({error.strerror or error}): "
        "make room, or name another folder with --out."
    )


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path that becomes `path` once it is whole.

    Whatever happens before that leaves an older file as it was.
    """
    # Keras looks at the suffix.
    part = path.with_name(f".{secrets.token_hex(4)}{path.suffix}")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def stop_after_step(model) -> Iterator:
    """Let Ctrl-C end `fit` after the step; a second one ends at once.

    Yields the callback that `fit` needs. Raises KeyboardInterrupt at
    the end if Ctrl-C was pressed: an exception inside a TensorFlow step
    may crash the process.
    """
    import keras

    pressed = []

    def press(*_):
        if pressed:
            raise KeyboardInterrupt
        pressed.append(True)

    # Asked for after a step: `fit` clears `stop_training` as it begins.
    def stop(step: int, logs: dict) -> None:
        model.stop_training = bool(pressed)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield keras.callbacks.LambdaCallback(on_train_batch_end=stop)
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt
