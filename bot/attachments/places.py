"""Where customers' files lie: a folder, or a bucket of S3 or anything that speaks like it.

A place knows files by a path below it, such as `ab/ab12…`, and never changes one: the path is the content's hash.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from bot.settings import PREFIX, BadSettings

if TYPE_CHECKING:
    from obstore.store import S3Store

    from bot.settings import Settings

PIECE = 64 * 1024
_S3_TRIES = 2
_S3_SECONDS = timedelta(seconds=30)
_UPLOAD_PART = 8 * 1024 * 1024


class PlaceDown(OSError):
    """The place cannot be written to or read from just now: disk full, bucket unreachable, keys refused."""


class NoSuchFile(LookupError):
    """There is no such file in the place."""


class Place(Protocol):
    """Keeps files. Everything raises `PlaceDown` where the place cannot be had."""

    def put(self, path: str, source: Path) -> None:
        """Lays the content of `source` down as `path`, whole or not at all; `source` may be gone afterwards."""
        ...

    def has(self, path: str) -> bool:
        """Whether there is a file at `path`."""
        ...

    def read(self, path: str) -> Iterator[bytes]:
        """The content of `path`, in pieces; raises `NoSuchFile` before the first."""
        ...

    def drop(self, path: str) -> None:
        """Takes the file away, where there is one."""
        ...

    def older(self, than: datetime) -> Iterator[str]:
        """The paths of the files that were last laid down before a moment."""
        ...

    def describe(self) -> str:
        """Where that is, for people."""
        ...


def place_for(settings: Settings) -> Place:
    """The place that the settings name. Raises `BadSettings`."""
    if not settings.s3_bucket:
        given = [name for name in ("s3_endpoint", "s3_access_key_id") if getattr(settings, name)]
        if given:
            raise BadSettings(f"{PREFIX}S3_BUCKET: name the bucket too, or take {PREFIX}{given[0].upper()} away")
        return Folder(settings.attachments_dir)
    secret = settings.s3_secret_access_key.get_secret_value()
    if bool(settings.s3_access_key_id) != bool(secret):
        raise BadSettings(f"{PREFIX}S3_SECRET_ACCESS_KEY: give it together with {PREFIX}S3_ACCESS_KEY_ID, or neither")
    return Bucket(
        settings.s3_bucket,
        endpoint=str(settings.s3_endpoint or "").rstrip("/"),
        region=settings.s3_region,
        key_id=settings.s3_access_key_id,
        secret=secret,
    )


class Folder:
    """A folder of this machine, readable by the service alone."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, path: str, source: Path) -> None:
        """Moves the file to its place; both are on one disk, so that it is there whole or not at all."""
        target = self._root / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if target.exists():
                # A file that is laid down again counts as new for those who look for forgotten ones.
                os.utime(target)
                return
            source.replace(target)
            _sync_folder(target.parent)
        except OSError as error:
            raise PlaceDown(f"{self._root}: {error.strerror}") from error

    def has(self, path: str) -> bool:
        """Whether there is a file at `path`."""
        return (self._root / path).is_file()

    def read(self, path: str) -> Iterator[bytes]:
        """The content, in pieces."""
        if not self.has(path):
            raise NoSuchFile(path)

        def pieces() -> Iterator[bytes]:
            # Opened when the first piece is wanted: whoever does not want it leaves no open file behind.
            with (self._root / path).open("rb") as file:
                while piece := file.read(PIECE):
                    yield piece

        return pieces()

    def drop(self, path: str) -> None:
        """Takes the file away."""
        try:
            (self._root / path).unlink(missing_ok=True)
        except OSError as error:
            raise PlaceDown(f"{self._root}: {error.strerror}") from error

    def older(self, than: datetime) -> Iterator[str]:
        """The files laid down before a moment, by the disk's clock."""
        for file in self._root.glob("[0-9a-f][0-9a-f]/*"):
            try:
                if file.stat().st_mtime < than.timestamp():
                    yield file.relative_to(self._root).as_posix()
            except FileNotFoundError:
                # Taken away meanwhile, which is all that was wanted.
                continue

    def describe(self) -> str:
        """The folder."""
        return str(self._root)


class Bucket:
    """A bucket. Its client is made at the first use: many commands need no files."""

    def __init__(self, bucket: str, *, endpoint: str, region: str, key_id: str, secret: str) -> None:
        try:
            import obstore
        except ImportError:
            raise BadSettings(f"{PREFIX}S3_BUCKET: files in a bucket need: pip install 'refund-desk[s3]'") from None
        self._library = obstore
        self._bucket = bucket
        self._endpoint = endpoint
        # Files are taken away one at a time; not every service knows how to take away many at once.
        config: dict[str, Any] = {"region": region, "disable_bulk_delete": True}
        if endpoint:
            config["endpoint"] = endpoint
        if key_id:
            config |= {"access_key_id": key_id, "secret_access_key": secret}
        self._config = config
        self._made: S3Store | None = None

    @property
    def _store(self) -> S3Store:
        from obstore.store import S3Store

        if self._made is None:
            self._made = S3Store(
                self._bucket,
                config=self._config,  # type: ignore[arg-type]  # a typed dict there, built from settings here
                client_options={
                    # Only an address that says http itself is asked without encryption.
                    "allow_http": self._endpoint.startswith("http://"),
                    "connect_timeout": timedelta(seconds=5),
                    "timeout": _S3_SECONDS,
                },
                retry_config={"max_retries": _S3_TRIES, "retry_timeout": _S3_SECONDS},
            )
        return self._made

    def put(self, path: str, source: Path) -> None:
        """Uploads the file, in parts where it is large; the bucket shows it only when it is whole."""
        self._ask(
            lambda: self._library.put(
                self._store,
                path,
                source,
                attributes={"Content-Type": "application/octet-stream"},
                chunk_size=_UPLOAD_PART,
                max_concurrency=2,
            )
        )

    def has(self, path: str) -> bool:
        """Whether there is a file at `path`."""
        try:
            self._ask(lambda: self._library.head(self._store, path))
        except NoSuchFile:
            return False
        return True

    def read(self, path: str) -> Iterator[bytes]:
        """The content, in pieces."""
        found = self._ask(lambda: self._library.get(self._store, path))

        def pieces() -> Iterator[bytes]:
            stream = iter(found.stream(min_chunk_size=PIECE))
            while (piece := self._ask(lambda: next(stream, None))) is not None:
                yield bytes(piece)

        return pieces()

    def drop(self, path: str) -> None:
        """Takes the file away."""
        try:
            self._ask(lambda: self._library.delete(self._store, path))
        except NoSuchFile:
            return

    def older(self, than: datetime) -> Iterator[str]:
        """The files laid down before a moment, by the bucket's clock."""
        pages = iter(self._library.list(self._store))
        while (page := self._ask(lambda: next(pages, None))) is not None:
            yield from (each["path"] for each in page if each["last_modified"] < than)

    def describe(self) -> str:
        """The bucket and whose it is."""
        return f"bucket {self._bucket} at {self._endpoint or 'Amazon S3'}"

    def _ask(self, work: Any) -> Any:
        from obstore.exceptions import BaseError

        try:
            return work()
        except FileNotFoundError as error:
            raise NoSuchFile(str(error).splitlines()[0][:200]) from None
        except (BaseError, OSError) as error:
            # The library's words hold the address and the provider's answer, never the keys.
            raise PlaceDown(f"{self.describe()}: {type(error).__name__}") from error


def remove_older(folder: Path, age: timedelta) -> int:
    """Takes files away that nobody wrote to for `age`, by the disk's clock; gives how many."""
    before = time.time() - age.total_seconds()
    removed = 0
    for file in folder.glob("*"):
        try:
            if file.stat().st_mtime < before:
                file.unlink()
                removed += 1
        except FileNotFoundError:
            # Its own process finished with it meanwhile.
            continue
    return removed


def long_ago(age: timedelta) -> datetime:
    """The moment `age` before now by this machine's clock, to which files' times are compared."""
    return datetime.now(UTC) - age


def _sync_folder(folder: Path) -> None:
    """A file's new name survives a power cut only when its folder was written too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
