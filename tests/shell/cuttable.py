"""A line to a server that can be cut, as a restart of the server or a broken network does."""

import socket
import threading


class CuttableLine:
    """Passes connections on to a server; `cut` ends those there are, and lets none through until `mend`."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_cut = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """Ends all connections and refuses new ones."""
        self._is_cut.set()
        with self._lock:
            for each in self._open:
                end(each)

    def mend(self) -> None:
        """Lets connections through again."""
        self._is_cut.clear()

    def close(self) -> None:
        """Ends everything."""
        self.cut()
        end(self._listening)
        self._listening.close()
        self._thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            if self._is_cut.is_set():
                near.close()
                continue
            far = socket.create_connection(self._target)
            with self._lock:
                self._open |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65536):
                other.sendall(data)
        except OSError:
            # Cut, here or there: the other side is told below.
            pass
        end(other)
        with self._lock:
            self._open.discard(one)
        one.close()


def end(line: socket.socket) -> None:
    """Ends a connection for both sides; one that has ended already stays so."""
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
