"""Ports for servers of tests."""

import random
import socket


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, below those that systems give away by themselves."""
    found: list[int] = []
    while len(found) < count:
        port = random.SystemRandom().randrange(20_000, 30_000)
        try:
            socket.create_server(("", port)).close()
        except OSError:
            continue
        found.append(port)
    return found
