"""A bucket on this machine that speaks as much of S3 as files need, and refuses what is not signed as S3 wants it."""

import hashlib
import hmac
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

BUCKET, REGION, KEY_ID, SECRET = "customer-files", "ap-south-1", "AKIATEST", "a secret of the test"
_LEAST_PART = 5 * 1024 * 1024


@dataclass
class FakeBucket:
    """What lies in the bucket, and how it behaves: `failing` answers everything with 503."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    changed: dict[str, datetime] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    failing: bool = False


@contextmanager
def serving() -> Iterator[FakeBucket]:
    """The bucket on a port of its own."""
    bucket = FakeBucket()

    class Handler(_Handler):
        store = bucket

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    bucket.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield bucket
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    store: FakeBucket
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Says nothing."""

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        _, bucket, *rest = unquote(parts.path).split("/", 2)
        key = rest[0] if rest else ""
        self.store.asked.append(f"{self.command} {key}")
        if self.store.failing:
            self._answer(503, "<Error><Code>ServiceUnavailable</Code></Error>")
        elif not _is_signed(self.command, self.path, dict(self.headers.items()), body):
            self._answer(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>")
        elif bucket != BUCKET:
            self._answer(404, "<Error><Code>NoSuchBucket</Code></Error>")
        else:
            getattr(self, f"_{self.command.lower()}")(key, query, body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _handle  # noqa: N815

    def _get(self, key: str, query: dict[str, str], body: bytes) -> None:
        if not key:
            items = "".join(
                f"<Contents><Key>{name}</Key><LastModified>{self.store.changed[name]:%Y-%m-%dT%H:%M:%S.000Z}"
                f"</LastModified><ETag>x</ETag><Size>{len(data)}</Size></Contents>"
                for name, data in sorted(self.store.files.items())
            )
            self._answer(200, f"<ListBucketResult><IsTruncated>false</IsTruncated>{items}</ListBucketResult>")
        elif key not in self.store.files:
            self._answer(404, "<Error><Code>NoSuchKey</Code></Error>")
        else:
            changed = self.store.changed[key].strftime("%a, %d %b %Y %H:%M:%S GMT")
            self._answer(200, self.store.files[key], {"ETag": '"x"', "Last-Modified": changed})

    _head = _get

    def _put(self, key: str, query: dict[str, str], body: bytes) -> None:
        if "uploadId" in query:
            self.store.uploads[query["uploadId"]][int(query["partNumber"])] = body
        else:
            self._keep(key, body)
        self._answer(200, "", {"ETag": f'"{hashlib.md5(body).hexdigest()}"'})  # noqa: S324

    def _post(self, key: str, query: dict[str, str], body: bytes) -> None:
        if "uploads" in query:
            name = f"upload-{len(self.store.uploads)}"
            self.store.uploads[name] = {}
            self._answer(
                200, f"<InitiateMultipartUploadResult><UploadId>{name}</UploadId></InitiateMultipartUploadResult>"
            )
            return
        parts = [data for _, data in sorted(self.store.uploads.pop(query["uploadId"]).items())]
        if any(len(data) < _LEAST_PART for data in parts[:-1]):
            self._answer(400, "<Error><Code>EntityTooSmall</Code></Error>")
            return
        self._keep(key, b"".join(parts))
        self._answer(200, "<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>")

    def _delete(self, key: str, query: dict[str, str], body: bytes) -> None:
        self.store.files.pop(key, None)
        self._answer(204, "")

    def _keep(self, key: str, data: bytes) -> None:
        self.store.files[key] = data
        self.store.changed[key] = datetime.now(UTC)

    def _answer(self, status: int, body: str | bytes, headers: dict[str, str] | None = None) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def _is_signed(method: str, target: str, headers: dict[str, str], body: bytes) -> bool:
    """Whether a request carries the fourth version of Amazon's signature, made with our secret over this content."""
    sent = {name.lower(): value.strip() for name, value in headers.items()}
    found = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?"
        r"SignedHeaders=([^,]+), ?Signature=(\w+)",
        sent.get("authorization", ""),
    )
    if found is None:
        return False
    key_id, day, region, signed, signature = found.groups()
    content = sent["x-amz-content-sha256"]
    if content not in {"UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()}:
        return False
    parts = urlsplit(target)
    query = "&".join(sorted(each if "=" in each else f"{each}=" for each in parts.query.split("&") if each))
    lines = [method, parts.path, query, *(f"{name}:{sent[name]}" for name in signed.split(";")), "", signed, content]
    hashed = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{sent['x-amz-date']}\n{day}/{region}/s3/aws4_request\n{hashed}"
    key = f"AWS4{SECRET}".encode()
    for step in (day, region, "s3", "aws4_request", text):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    return (key_id, region, signature) == (KEY_ID, REGION, key.hex())
