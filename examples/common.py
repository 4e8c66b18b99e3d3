"""What the programs share: options, errors, whole files, Ctrl-C."""

import argparse
import contextlib
import errno
import json
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

EXIT_CODES = (
    "Exit codes: 0 done, 1 a file, folder or model cannot be used, or "
    "the output cannot be written, 2 a wrong option, 130 Ctrl-C."
)


class UserError(Exception):
    """One sentence for the user: what is wrong and what to do."""


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Shows defaults, but not those that say nothing."""

    def _get_help_string(self, action):
        if action.default is None or action.default is False:
            return action.help
        return super()._get_help_string(action)


def parser(
    description: str, prog: str | None = None
) -> argparse.ArgumentParser:
    """A parser that shows defaults and exit codes in its help.

    `prog` is the program's name, for its page: there `sys.argv` has
    another one.
    """
    # Keras reads it once. TensorFlow's notes are left out, not its
    # warnings; 2.21 still writes some while it is being imported.
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    return argparse.ArgumentParser(
        prog,
        description=description,
        epilog=EXIT_CODES,
        formatter_class=_Help,
    )


def number(low, high, kind: type = int) -> Callable[[str], float]:
    """An argparse type: a number from `low` to `high`.

    `kind` is `int` for whole numbers, or `float`.
    """

    def convert(text: str) -> float:
        with contextlib.suppress(ValueError):
            if low <= kind(text) <= high:
                return kind(text)
        what = "a whole number" if kind is int else "a number"
        raise argparse.ArgumentTypeError(
            f"{text!r} is not {what} from {low} to {high}"
        )

    return convert


def path(text: str) -> Path:
    """An argparse type: a path that is not empty."""
    if not text:
        raise argparse.ArgumentTypeError("the path is empty")
    return Path(text)


def add_training_options(
    options: argparse.ArgumentParser, out: str, epochs: int
) -> None:
    """Add what all training programs ask for, with these defaults."""
    add = options.add_argument
    rounds = "how often to go through the training images"
    add("--epochs", type=number(1, 1000), default=epochs, help=rounds)
    images, use = number(24, 60_000), "how many training images to use"
    add("--examples", type=images, default=60_000, help=use)
    seeds = number(0, 2**32 - 1)
    add("--seed", type=seeds, default=0, help="seed of all randomness")
    add("--data", type=path, help="a copy of Keras's mnist.npz to use")
    add("--out", type=path, default=out, help="folder for the results")
    replace = "replace earlier results in that folder"
    add("--overwrite", action="store_true", help=replace)


def run(main: Callable[[], int | None]) -> int:
    """Run a program; returns its exit code (see EXIT_CODES).

    A user's mistake ends in one sentence, not in a traceback.
    """
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            # Closed, as cron does: another file would take its place,
            # and get what TensorFlow prints.
            setattr(sys, name, open(os.devnull, "r+"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            # Older terminals cannot show each character of a file name.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = main() or 0
    except UserError as error:
        say(f"{Path(sys.argv[0]).name}: {error}")
        code = 1
    except KeyboardInterrupt as stop:
        say(f"Stopped{f': {stop}' if stop.args else ''}.")
        code = 130
    except SystemExit as end:  # argparse
        code = end.code or 0
    except OSError as error:
        # Of its own files a program makes a UserError: this is stdout.
        if error.errno not in (errno.EPIPE, errno.ENOSPC):
            raise
        code = _unprinted(error)
    try:
        sys.stdout.flush()
    except OSError as error:
        code = _unprinted(error)
    return code


def _unprinted(error: OSError) -> int:
    """The exit code of a program whose output cannot be written.

    `program | head` needs no words: nobody reads on.
    """
    # Or Python would report it once more as it ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno != errno.EPIPE:
        say(
            f"{Path(sys.argv[0]).name}: the output cannot be written "
            f"({error.strerror}): make room, or send it somewhere else."
        )
    return 1


def say(text: str) -> None:
    """Print to stderr, even if nobody reads it any more."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def results_folder(path: Path, overwrite: bool) -> Iterator[Path]:
    """Make the folder for a program's results, and lock it.

    Raises UserError if it holds something and `overwrite` is false, if
    another process is at work there, or if it cannot be written.
    """

    def refuse_results() -> None:
        if visible(path) and not overwrite:
            raise UserError(
                f"{path} holds earlier results: name another folder "
                "with --out, or add --overwrite."
            )

    refuse_results()  # before anything is changed
    with locked(path):
        refuse_results()  # of a process that has ended meanwhile
        yield path


def visible(folder: Path) -> list[Path]:
    """What is in a folder, but for hidden files such as the lock.

    Raises UserError if it cannot be read.
    """
    try:
        found = list(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise cannot_write(folder, error) from None
    return [each for each in found if each.name[0] != "."]


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make a folder and lock it against other processes.

    The system releases the lock when the process ends, however it
    ends. Raises UserError if another process has it, or if nothing can
    be written there.
    """
    lock = folder / ".lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = lock.open("a")
    except OSError as error:
        raise cannot_write(folder, error) from None
    with file:
        try:
            if os.name == "nt":
                import msvcrt

                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # It may have been another's, who has just removed it.
            ours = os.fstat(file.fileno())
            if not os.path.samestat(ours, lock.stat()):
                raise BlockingIOError
            # A full disk is found now, not after an epoch.
            file.truncate(0)
            file.write("Locked while a process works here.\n")
            file.flush()
        except (BlockingIOError, PermissionError, FileNotFoundError):
            raise UserError(
                f"Another process is at work in {folder}: "
                "wait for it, or name another folder with --out."
            ) from None
        except OSError as error:
            raise cannot_write(folder, error) from None
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # Windows keeps it
                lock.unlink()


def cannot_write(path: Path, error: OSError) -> UserError:
    """The sentence for a folder or file that cannot be written."""
    # Keras raises some without a number.
    full = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, None)
    room = "make room, or " if error.errno in full else ""
    return UserError(
        f"{path} cannot be written ({error.strerror or error}): "
        f"{room}name another folder with --out."
    )


def reason(error: Exception) -> str:
    """What is wrong, without TensorFlow's paths and call stacks."""
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    line = line.rpartition("; ")[2].partition(" [Op:")[0]
    return line.rpartition("}} ")[2][:300].rstrip(" .:")


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield a folder that is removed in the end.

    Raises UserError if it cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory() as name:
            yield Path(name)
    except OSError as error:
        raise UserError(
            "The folder for temporary files cannot be written "
            f"({error.strerror or error}): make room there, or let "
            "TMPDIR name another folder."
        ) from None


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path that becomes `path` once it is whole.

    Whatever happens before that leaves an older file as it was. Raises
    UserError if the file cannot be written.
    """
    # Keras looks at the suffix.
    part = path.with_name(f".{secrets.token_hex(4)}{path.suffix}")
    try:
        yield part
        os.replace(part, path)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def write_json(path: Path, content: dict) -> None:
    """Write a JSON file, whole or not at all."""
    with atomic_write(path) as part:
        text = json.dumps(content, indent=2, default=str)
        part.write_text(text + "\n", "utf-8")


@contextlib.contextmanager
def signals(*numbers: int) -> Iterator[list[int]]:
    """Yield a list that gets the number of a signal when it comes.

    So a step that has begun is finished. A second signal raises
    KeyboardInterrupt at once.
    """
    caught: list[int] = []

    def note(number: int, frame: object) -> None:
        if caught:
            raise KeyboardInterrupt
        caught.append(number)

    before = {number: signal.signal(number, note) for number in numbers}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def stop_after_step(model, out: Path | None = None) -> Iterator:
    """Let Ctrl-C end `fit` after the step; a second one ends at once.

    Yields the callback that `fit` needs. Raises KeyboardInterrupt at
    the end if Ctrl-C was pressed: an exception inside a TensorFlow step
    may crash the process. `out` is where `fit` keeps finished epochs.
    """
    import keras

    finished = []

    # Asked for after a step: `fit` clears `stop_training` as it begins.
    def stop(step: int, logs: dict) -> None:
        model.stop_training = bool(caught)

    def count(epoch: int, logs: dict) -> None:
        if not model.stop_training:
            finished.append(epoch)

    with signals(signal.SIGINT) as caught:
        yield keras.callbacks.LambdaCallback(
            on_train_batch_end=stop, on_epoch_end=count
        )
    if caught:
        raise stopped(len(finished), out)


def stopped(epochs: int, out: Path | None) -> KeyboardInterrupt:
    """What Ctrl-C ends with, where `out` has so many whole epochs."""
    kept = f"the first {epochs} epochs are in {out}"
    if epochs == 1:
        kept = f"the first epoch is in {out}"
    if epochs == 0:
        kept = "the first epoch was not finished"
    return KeyboardInterrupt(*[kept] * bool(out))
