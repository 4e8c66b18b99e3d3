"""Starts the workers of a cluster on this machine, and ends them together."""

import contextlib
import random
import signal
import socket
import subprocess
import tempfile
import time

if __package__:  # imported from the repository's root
    from . import common
else:  # imported by a program of this folder
    import common

STOPS = "SIGINT", "SIGTERM", "SIGHUP"  # the last is not on Windows
SAVED = 130, 143  # exit codes of workers that stop together


def free_addresses(count: int) -> list[str]:
    """Addresses on this machine that no program listens at."""
    ports: set[int] = set()
    while len(ports) < count:
        # Below the ports that systems give away by themselves.
        port = random.SystemRandom().randrange(20_000, 30_000)
        with contextlib.suppress(OSError):
            socket.create_server(("", port)).close()
            ports.add(port)
    return [f"127.0.0.1:{port}" for port in ports]


def launch(command: list[str], count: int) -> int:
    """Start workers, wait for all, and return the exit code.

    Each worker is the command with --cluster and --index. What the
    chief prints is shown; of the others, only why they failed before
    the chief knew of it. Ctrl-C lets all stop; a second one ends them.
    """
    cluster = ",".join(free_addresses(count))
    numbers = [getattr(signal, name, None) for name in STOPS]
    with contextlib.ExitStack() as held:
        stops = common.signals(*filter(None, numbers))
        caught = held.enter_context(stops)
        workers, logs = [], []
        for index in range(count):
            log = held.enter_context(tempfile.TemporaryFile("w+"))
            worker = subprocess.Popen(
                [*command, "--cluster", cluster, "--index", str(index)],
                stdin=subprocess.DEVNULL,
                stdout=log if index else None,
                stderr=log if index else None,
                start_new_session=True,  # Ctrl-C comes through here
            )
            held.callback(worker.wait)
            held.callback(worker.kill)
            workers.append(worker)
            logs.append(log)
        first = _wait(workers, caught)
        code = 0 if first is None else workers[first].returncode
        chief_was_ended = workers[0].returncode < 0  # and said nothing
        if caught and chief_was_ended:
            common.say("Stopped.")
        elif code and chief_was_ended:
            logs[first].seek(0)
            if said := logs[first].read().strip():
                common.say(said)
            else:
                raise common.UserError(
                    f"Worker {first} was ended by signal {-code}: "
                    "start again, with --resume."
                )
    return 128 + caught[0] if caught else 1 if code < 0 else code


def _wait(workers, caught):
    """Wait for all; a signal, or one that fails, ends all others.

    Returns the index of the first that failed, or None.
    """
    first, asked = None, False
    while True:
        codes = [worker.poll() for worker in workers]
        if first is None and any(codes):
            # Looked at again: a chief that ended just after its look,
            # and before the worker that failed for want of it.
            codes = [worker.poll() for worker in workers]
            first = next(
                index for index, code in enumerate(codes) if code
            )
        fault = first is not None and codes[first] not in SAVED
        if (caught or fault) and not asked:
            asked = True
            for worker in workers:
                worker.terminate()
        if None not in codes:
            return first
        time.sleep(0.05)
