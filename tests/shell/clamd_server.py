"""A virus scanner on this machine that speaks clamd's protocol and finds what contains a word."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

VIRUS = b"THE-VIRUS-OF-THE-TEST"


@dataclass
class FakeClamd:
    """Where it listens and what it was given; it hangs up on more than `most` bytes."""

    address: str
    most: int = 1024 * 1024
    given: list[bytes] = field(default_factory=list)


@contextmanager
def serving(path: Path | None = None) -> Iterator[FakeClamd]:
    """The scanner on a port of its own, or on a local socket at `path`."""
    listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(str(path) if path else ("127.0.0.1", 0))
    listener.listen()
    clamd = FakeClamd(str(path) if path else f"127.0.0.1:{listener.getsockname()[1]}")

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                _answer(clamd, connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield clamd
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _answer(clamd: FakeClamd, connection: socket.socket) -> None:
    with connection.makefile("rb") as wire:
        command = b""
        while not command.endswith(b"\0"):
            command += wire.read(1)
        if command == b"zPING\0":
            connection.sendall(b"PONG\0")
            return
        if command != b"zINSTREAM\0":
            connection.sendall(b"UNKNOWN COMMAND\0")
            return
        content = b""
        while size := struct.unpack("!I", wire.read(4))[0]:
            content += wire.read(size)
            if len(content) > clamd.most:
                connection.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
    clamd.given.append(content)
    connection.sendall(b"stream: Test.Virus FOUND\0" if VIRUS in content else b"stream: OK\0")
