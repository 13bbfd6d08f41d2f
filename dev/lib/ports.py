"""Ports of this machine."""

import random
import socket

# Below those that the system gives to outgoing connections: none of them takes the port
# while the server that it is for is still starting.
_LISTENING = range(20_000, 32_000)


def free_port() -> int:
    """A port that nobody uses at the moment."""
    chance = random.SystemRandom()
    while is_taken(port := chance.choice(_LISTENING)):
        pass
    return port


def is_taken(port: int) -> bool:
    """Whether somebody uses it.

    :raises PermissionError: when it is kept for root
    """
    with socket.socket() as probe:
        # As servers do: a port whose last connections are fading away is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise
        except OSError:
            return True
    return False
