"""Tells a hang from a slow machine: by what processes compute, not by the clock."""

import time
from dataclasses import dataclass

import psutil

_PROGRESS = 0.2  # seconds of processor time that show that something is computed


@dataclass(frozen=True)
class Limits:
    """What a block may use, in seconds.

    Attributes:
        idle: for so long nothing may be computed.
        processor: so much processor time may be used, by the page and what it has started.
        wall: the far end, whatever is computed.
    """

    idle: float = 180
    processor: float = 900
    wall: float = 3600


class Watch:
    """Watches what a process and its descendants compute from now on."""

    def __init__(self, pid: int, limits: Limits):
        self._limits = limits
        try:
            self._process = psutil.Process(pid)
        except psutil.NoSuchProcess:
            self._process = None
        self._begin = self._moved = time.monotonic()
        self._start = self._used = self._seen = self._processor_time()

    def exceeded(self) -> str:
        """Which limit has been exceeded, as a sentence; "" if none."""
        now = time.monotonic()
        self._used = max(self._used, self._processor_time())  # it falls when a process is gone
        if self._used >= self._seen + _PROGRESS:
            self._seen, self._moved = self._used, now
        if now - self._moved > self._limits.idle:
            return f"stopped: it has computed nothing for {self._limits.idle:g} s"
        if self._used - self._start > self._limits.processor:
            return f"stopped: it has used {self._limits.processor:g} s of processor time"
        if now - self._begin > self._limits.wall:
            return f"stopped: still running after {self._limits.wall:g} s"
        return ""

    def _processor_time(self):
        if self._process is None:
            return 0.0
        total = 0.0
        try:
            for process in [self._process, *self._process.children(recursive=True)]:
                try:
                    times = process.cpu_times()
                except psutil.Error:
                    continue
                # Of ended children too, where the system counts them.
                total += times.user + times.system
                total += getattr(times, "children_user", 0) + getattr(times, "children_system", 0)
        except psutil.Error:
            pass
        return total
