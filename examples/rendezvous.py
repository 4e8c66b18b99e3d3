"""Workers meet before TensorFlow starts, and notice when one is gone.

TensorFlow's cluster waits without a word for a worker that does not
come, and does not ask whether all train the same. So each worker first joins
worker 0, the chief, over plain TCP. They compare what must be equal, and
each of them tries the addresses of all others. The connections stay
open: when one closes or falls silent, that worker is gone, and all
others end with one sentence instead of waiting for it.

A message is an object of JSON on a line of its own; an empty object is a
sign of life. The ports are TensorFlow's: before it needs them, they are
free again.
"""

import argparse
import contextlib
import functools
import json
import math
import os
import socket
import sys
import threading
import time
from pathlib import Path

if __package__:  # imported from the repository's root
    from . import common
else:  # imported by a program of this folder
    import common

DAMAGE = ValueError, LookupError, TypeError, AttributeError
PULSE = 1.0  # seconds between signs of life
HELLO = 10.0  # seconds for a connection, and for its first line
DOUBLE = "Give each worker its own index: two have joined with"


def split(address: str) -> tuple[str, int]:
    """Host and port of "host:port".

    Raises ValueError if it is none.
    """
    host, _, port = address.rpartition(":")
    if not host or not 1 <= int(port) <= 65_535:
        raise ValueError
    return host, int(port)


def addresses(text: str) -> list[str]:
    """An argparse type: addresses of workers, each another one."""
    found = text.split(",")
    with contextlib.suppress(ValueError):
        if len({split(one) for one in found}) == len(found):
            return found
    raise argparse.ArgumentTypeError(
        f"{text!r} is not a list of different HOST:PORT, with commas"
    )


def read_tf_config(text: str) -> tuple[list[str], int]:
    """The addresses and the index that TF_CONFIG names.

    A job named chief comes first. Raises UserError if the variable does
    not say which worker this is.
    """
    try:
        config = json.loads(text)
        jobs, task = config["cluster"], config["task"]
        chief = jobs.get("chief", [])
        found = addresses(",".join([*chief, *jobs.get("worker", [])]))
        first = {"chief": 0, "worker": len(chief)}[task["type"]]
        numbers = dict(enumerate(range(first, len(found))))
        return found, numbers[int(task["index"])]
    except (argparse.ArgumentTypeError, *DAMAGE):
        raise common.UserError(
            "TF_CONFIG does not say which worker of which cluster this "
            'is: it needs {"cluster": {"worker": ["HOST:PORT", ...]}, '
            '"task": {"type": "worker", "index": 0}}.'
        ) from None


class Peer:
    """A connection to another worker."""

    def __init__(self, connection: socket.socket):
        self.socket, self._rest = connection, b""

    def send(self, **message) -> None:
        """Send a message; a worker that is gone is noticed elsewhere."""
        with contextlib.suppress(OSError):
            self.socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self, seconds: float) -> dict:
        """The next message.

        Raises TimeoutError, OSError if the connection is closed, and
        ValueError if it is not one of ours.
        """
        until = time.monotonic() + seconds
        while b"\n" not in self._rest:
            left = until - time.monotonic()
            self.socket.settimeout(max(left, 0.001))
            data = self.socket.recv(4096)
            if not data:
                raise ConnectionError("the connection was closed")
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        message = json.loads(line)
        if not isinstance(message, dict):
            raise ValueError
        return message

    def closed(self) -> bool:
        """Whether the other worker has closed the connection."""
        self.socket.setblocking(False)
        try:
            return not self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            self.socket.settimeout(None)


def _try(address):
    """What is wrong with an address; it may take a moment to be known."""
    until = time.monotonic() + HELLO
    while True:
        try:
            socket.create_connection(split(address), HELLO).close()
            return None
        except OSError as error:
            if time.monotonic() > until:
                return error.strerror or str(error)
            time.sleep(0.1)


class Cluster:
    """The workers of a training run, seen from one of them.

    Attributes:
        addresses: "host:port" of each worker; the first is the chief's.
        index: which of them this is.
    """

    def __init__(self, addresses: list[str], index: int):
        """Take this worker's port.

        Raises UserError if it is in use.
        """
        self.addresses, self.index = addresses, index
        self._peers: dict[int, Peer] = {}
        self._finished = threading.Event()
        self._ending = threading.Lock()
        self._hearers: list[threading.Thread] = []
        _, port = split(addresses[index])
        try:
            self._server = socket.create_server(("", port))
        except OSError as error:
            raise common.UserError(
                f"Port {port} cannot be used "
                f"({os.strerror(error.errno)}): end the "
                "program that has it, or give this worker another one."
            ) from None

    @property
    def chief(self) -> bool:
        """Whether this worker is the one that writes files."""
        return self.index == 0

    def name(self, index: int) -> str:
        """A worker for a sentence, such as "Worker 1 (b:2222)"."""
        return f"Worker {index} ({self.addresses[index]})"

    def join(self, card: dict, settings: dict, seconds: float) -> dict:
        """Meet all workers; returns the settings of the chief.

        Args:
            card: what must be the same as the chief's, by its name.
            settings: of the run; only the chief's count.
            seconds: how long to wait for the others.

        Raises:
            UserError: one is missing, different or not to be reached.
        """
        if self.chief:
            self._gather(card, seconds)
            for peer in self._peers.values():
                peer.send(settings=settings)
            faults = [self._unreachable()]
            for index, peer in self._peers.items():
                try:
                    faults.append(peer.receive(seconds).get("fault"))
                except (OSError, ValueError):
                    faults.append(
                        f"{self.name(index)} ended while the others "
                        "joined: start it again."
                    )
            if any(faults):
                self._refuse(next(filter(None, faults)))
            for peer in self._peers.values():
                peer.send(start=True)
        else:
            settings = self._call(card, seconds)
        self._server.close()
        return settings

    def _gather(self, card, seconds):
        """As the chief: wait until every worker has shown its card."""
        until, everyone = time.monotonic() + seconds, self.addresses
        while missing := {*range(1, len(everyone))} - {
            index
            for index, peer in self._peers.items()
            if not peer.closed()
        }:
            left = until - time.monotonic()
            if left <= 0:
                names = " and ".join(map(self.name, sorted(missing)))
                self._refuse(
                    f"{names} did not join within {seconds:g} seconds: "
                    "start every worker, each with its own index."
                )
            try:
                self._server.settimeout(left)
                peer = Peer(self._server.accept()[0])
                hello = peer.receive(min(left, HELLO))
                index, theirs = hello["index"], dict(hello["card"])
                before = self._peers.get(index)
                self._peers[index] = peer
            except (OSError, ValueError, LookupError, TypeError):
                continue  # not a worker, or one that will call again
            if before and not before.closed():
                before.send(refused=f"{DOUBLE} {index}.")
                self._refuse(f"{DOUBLE} {index}.")
            for name, value in theirs.items():
                if value != card.get(name):
                    self._refuse(
                        f"Worker {index} has {name} {value}, worker 0 "
                        f"has {card.get(name)}: make them the same."
                    )

    def _refuse(self, sentence):
        """As the chief: end the meeting, for everybody."""
        for peer in self._peers.values():
            peer.send(refused=sentence)
        raise common.UserError(sentence)

    def _call(self, card, seconds):
        """As another worker: join the chief when it is there."""
        until, fault = time.monotonic() + seconds, "timed out"
        while (left := until - time.monotonic()) > 0:
            try:
                place = split(self.addresses[0])
                peer = Peer(socket.create_connection(place, left))
                peer.send(index=self.index, card=card)
                # The chief gives up first, and says whom it misses.
                message = peer.receive(left + HELLO)
                if "settings" in message:
                    settings = message["settings"]
                    peer.send(fault=self._unreachable())
                    message = peer.receive(seconds)
                if "refused" in message:
                    raise common.UserError(message["refused"])
                if message.get("start"):
                    self._peers[0] = peer
                    return settings
            except (OSError, ValueError) as error:
                fault = getattr(error, "strerror", None) or error
                time.sleep(0.1)
        raise common.UserError(
            f"{self.name(0)} did not answer within {seconds:g} seconds "
            f"({fault}): start it, or correct its address."
        )

    def _unreachable(self):
        """A sentence about a worker that this one cannot reach."""
        for index, address in enumerate(self.addresses):
            if index != self.index and (fault := _try(address)):
                return (
                    f"Worker {self.index} cannot reach worker {index} at "
                    f"{address} ({fault}): correct the address, or let "
                    "the firewall pass that port."
                )
        return None

    def watch(self, seconds: float) -> None:
        """From now on, end this process when another worker is gone.

        Or when no step has ended for ten times as long: then all are
        alive, and some cannot reach each other any more.

        Args:
            seconds: without a sign of life from a worker that is gone.
        """
        self.progressed()
        thread = functools.partial(threading.Thread, daemon=True)
        thread(target=self._pulse, args=(10 * seconds,)).start()
        for index in self._peers:
            hearer = thread(target=self._hear, args=(seconds, index))
            self._hearers.append(hearer)
            hearer.start()

    def progressed(self, last: bool = False) -> None:
        """Note that a step has ended; none is missed after the last."""
        self._progress = math.inf if last else time.monotonic()

    def _pulse(self, limit):
        """Send signs of life, while there is progress."""
        while not self._finished.is_set():
            for peer in self._peers.values():
                peer.send()
            if time.monotonic() - self._progress > limit:
                self._end(
                    f"No step has ended for {limit:g} seconds: see "
                    "whether each worker can still reach all others, "
                    "then start all again, with --resume."
                )
            time.sleep(PULSE)

    def _hear(self, seconds, index):
        """Read what a worker sends, to its end."""
        try:
            while True:
                message = self._peers[index].receive(seconds)
                if "lost" in message:
                    self._end(message["lost"])
                if "finished" in message:
                    self._finished.set()
                    return
        except TimeoutError:
            how = f"has been silent for {seconds:g} seconds"
        except (OSError, ValueError):
            how = "is gone"
        if not self._finished.is_set():
            self._end(
                f"{self.name(index)} {how}: see what it said, then "
                "start all workers again, with --resume."
            )

    def _end(self, sentence):
        """End this process, from a thread, while TensorFlow waits."""
        if not self._ending.acquire(blocking=False):
            return  # another thread is ending it already
        for peer in self._peers.values():
            peer.send(lost=sentence)
        common.say(f"{Path(sys.argv[0]).name}: {sentence}")
        os._exit(1)

    def finish(self) -> None:
        """The chief says that all is written; others wait for it."""
        if self.chief:
            self._finished.set()
            for peer in self._peers.values():
                peer.send(finished=True)
            for hearer in self._hearers:  # until they have ended
                hearer.join(HELLO)
        self._finished.wait()
