"""A virus scanner beside this service: clamd, asked over TCP or a local socket with the file itself."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

from bot.settings import PREFIX, BadSettings

_PIECE = 64 * 1024
_SECONDS = 20.0
_LONGEST_ANSWER = 4096
_DEFAULT_PORT = 3310


class ScannerDown(OSError):
    """The scanner does not answer, or not about this file."""


class Scanner:
    """clamd at an address: `host`, `host:port`, or the path of a local socket."""

    def __init__(self, address: str) -> None:
        self._where = _address(address)
        self.seconds = _SECONDS

    def finds(self, file: Path) -> str:
        """The name of what is wrong with the file, empty where nothing is. Raises `ScannerDown`."""
        try:
            with self._connect() as connection, file.open("rb") as content:
                connection.sendall(b"zINSTREAM\0")
                try:
                    while piece := content.read(_PIECE):
                        connection.sendall(struct.pack("!I", len(piece)) + piece)
                    connection.sendall(struct.pack("!I", 0))
                except (BrokenPipeError, ConnectionResetError):
                    # It hangs up on a file that is too long for it, and has said so before.
                    return _verdict(_answer(connection))
                return _verdict(_answer(connection))
        except OSError as error:
            if isinstance(error, ScannerDown):
                raise
            raise ScannerDown(f"the virus scanner does not answer: {type(error).__name__}") from error

    def ping(self) -> None:
        """Raises `ScannerDown` unless the scanner answers."""
        try:
            with self._connect() as connection:
                connection.sendall(b"zPING\0")
                said = _answer(connection)
        except OSError as error:
            raise ScannerDown(f"the virus scanner does not answer: {type(error).__name__}") from error
        if said != "PONG":
            raise ScannerDown(f"the virus scanner answered {said[:40]!r}")

    def _connect(self) -> socket.socket:
        if isinstance(self._where, str):
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(self.seconds)
            try:
                connection.connect(self._where)
            except OSError:
                connection.close()
                raise
            return connection
        return socket.create_connection(self._where, timeout=self.seconds)


def _answer(connection: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < _LONGEST_ANSWER:
        piece = connection.recv(_LONGEST_ANSWER)
        if not piece:
            break
        said += piece
    return said.rstrip(b"\0\n").decode("utf-8", errors="replace")


def _verdict(said: str) -> str:
    """`stream: OK` is clean, `stream: NAME FOUND` is not; anything else is no answer about this file."""
    told = said.removeprefix("stream:").strip()
    if told == "OK":
        return ""
    if told.endswith(" FOUND"):
        return told.removesuffix(" FOUND")
    raise ScannerDown(f"the virus scanner could not look: {told[:100] or 'no answer'}")


def _address(address: str) -> tuple[str, int] | str:
    if address.startswith("/"):
        return address
    host, colon, port = address.rpartition(":")
    if not colon:
        return address, _DEFAULT_PORT
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise BadSettings(f"{PREFIX}CLAMD_ADDRESS: give host:port, or the path of clamd's socket")
    return host.strip("[]"), int(port)
