"""Customers' files: what is taken, what is left behind, what is refused and why."""

import hashlib
import io
import os
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from files_world import HEIC, JPEG, PNG, archive, claimed_png, encoded, pdf, place, scene
from PIL import Image, ImageChops, ImageDraw, ImageStat
from PIL.PngImagePlugin import PngInfo
from shell_world import NOW, World

from bot.attachments import PlaceDown, looking, mime_of, named_only, pdf_text, safe_name
from bot.attachments import store as store_module
from bot.attachments.store import TooSlow
from bot.tables import ATTACHMENT


def test_the_text_of_a_pdf_is_kept_masked(world: World) -> None:
    stored = world.engine.attachments.store(pdf("DOA report, card 4111 1111 1111 1111"), "r.pdf", "document", NOW)
    attachment = world.engine.attachments.read(stored.as_json())
    assert attachment is not None
    assert attachment.text == "DOA report, card ••••1111"
    assert (attachment.kind, attachment.refused) == ("document", "")


@pytest.mark.parametrize("data", [b"%PDF-1.4 broken", pdf("x")[:200], b"%PDF-1.7\n" + b"\x00" * 500])
def test_a_broken_pdf_has_no_text(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "broken.pdf").write_bytes(data)
    assert pdf_text(tmp_path / "broken.pdf") == ""


def test_a_broken_pdf_is_kept_all_the_same(world: World) -> None:
    stored = world.engine.attachments.store(b"%PDF-1.4 broken", "bill.pdf", "document", NOW)
    assert (stored.refused, stored.kind) == ("", "document")


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (JPEG, "image/jpeg"),
        (pdf("x"), "application/pdf"),
        ("मेरा टोकन".encode(), "text/plain"),
        (archive(), None),
        (b"MZ\x90\x00" + b"\x00" * 100, None),
        (b"\x7fELF" + b"\x00" * 100, None),
        (b"#!/bin/sh\nrm -rf /", None),
        (b"<html><script>", None),
        (b"\x00\x01\x02", None),
        (b"", None),
    ],
)
def test_the_content_says_what_a_file_is(data: bytes, mime: str | None) -> None:
    assert mime_of(data) == mime


def kept(world: World, key: str) -> bytes:
    """What lies in the place under `key`."""
    return b"".join(world.engine.attachments.open(f"{key[:2]}/{key}"))


def files_on_disk(world: World) -> list[Path]:
    return [path for path in world.engine.settings.attachments_dir.rglob("*") if path.is_file()]


# What is taken, and what is not


def test_what_is_not_taken_says_why(world: World) -> None:
    store = world.engine.attachments.store
    assert store(archive(), "a.jpg", "photo", NOW).refused == "wrong_kind"
    assert store(b"", "a.jpg", "photo", NOW).refused == "unreadable"
    assert store(JPEG, "a.pdf", "document", NOW).kind == "photo"
    assert [path.name for path in files_on_disk(world)] == [store(JPEG, "a.jpg", "photo", NOW).key]


def test_the_largest_file_is_taken_and_a_byte_more_is_not(make_world: Callable[..., World]) -> None:
    store = make_world(max_attachment_mb=1).engine.attachments.store
    most = 1024 * 1024
    assert store(b"a" * most, "a.txt", "document", NOW).refused == ""
    refused = store(b"a" * (most + 1), "a.txt", "document", NOW)
    assert (refused.refused, refused.size, refused.key) == ("too_big", most + 1, "")


def test_a_file_without_an_end_is_refused_at_the_limit(make_world: Callable[..., World]) -> None:
    world = make_world(max_attachment_mb=1)
    given = 0

    def endless() -> Iterator[bytes]:
        nonlocal given
        while True:
            given += 1
            yield b"a" * 65536

    assert world.engine.attachments.store(endless(), "a.txt", "document", NOW).refused == "too_big"
    assert given == 17
    assert files_on_disk(world) == []


def test_a_file_that_trickles_in_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "_MOST_SECONDS", 0.3)

    def trickle() -> Iterator[bytes]:
        while True:
            time.sleep(0.05)
            yield b"a"

    with pytest.raises(TooSlow):
        world.engine.attachments.store(trickle(), "a.txt", "document", NOW)
    assert files_on_disk(world) == []


def test_a_file_is_never_whole_in_memory(make_world: Callable[..., World]) -> None:
    world = make_world(max_attachment_mb=64)
    film = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"

    def pieces() -> Iterator[bytes]:
        yield film
        for _ in range(60):
            yield bytes(1024 * 1024)

    world.engine.attachments.store(JPEG, "first.jpg", "photo", NOW)  # what is loaded once does not count
    tracemalloc.start()
    try:
        stored = world.engine.attachments.store(pieces(), "a.mp4", "video", NOW)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (stored.mime, stored.size) == ("video/mp4", len(film) + 60 * 1024 * 1024)
    assert peak < 6 * 1024 * 1024


def test_the_same_content_is_kept_once(world: World) -> None:
    first = world.engine.attachments.store(JPEG, "a.jpg", "photo", NOW)
    second = world.engine.attachments.store(iter([JPEG[:100], JPEG[100:]]), "b.jpg", "photo", NOW)
    assert first.key == second.key == hashlib.sha256(kept(world, first.key)).hexdigest()
    assert len(files_on_disk(world)) == 1


def test_files_are_readable_by_the_service_alone(world: World) -> None:
    for data in (JPEG, b"a note"):
        stored = world.engine.attachments.store(data, "a", "document", NOW)
        path = world.engine.settings.attachments_dir / stored.key[:2] / stored.key
        assert path.stat().st_mode & 0o077 == 0
        assert path.parent.stat().st_mode & 0o077 == 0


# What is left behind of a picture


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (encoded(scene(), "JPEG", exif=place(), comment=b"at home"), "image/jpeg"),
        (encoded(scene(), "PNG", exif=place()), "image/png"),
        (encoded(scene(), "WEBP", exif=place(), xmp=b"<x:xmpmeta>28.61 N at home</x:xmpmeta>"), "image/jpeg"),
        (HEIC, "image/jpeg"),
    ],
    ids=["jpeg", "png", "webp", "heic"],
)
def test_a_picture_does_not_tell_where_it_was_taken(world: World, data: bytes, mime: str) -> None:
    assert b"TestPhone" in data
    stored = world.engine.attachments.store(data, "a", "photo", NOW)
    kept_bytes = kept(world, stored.key)
    for hidden in (b"TestPhone", b"Exif", b"eXIf", b"xmpmeta", b"at home"):
        assert hidden not in kept_bytes
    with Image.open(io.BytesIO(kept_bytes)) as shown:
        assert Image.MIME[str(shown.format)] == stored.mime == mime
        assert dict(shown.getexif()) == {}
        assert shown.size == (64, 48)
        assert shown.convert("RGB").getpixel((4, 4))[2] > 180  # type: ignore[index]
    assert stored.size == len(kept_bytes)


def test_words_hidden_in_a_png_are_gone(world: World) -> None:
    words = PngInfo()
    words.add_text("Location", "Flat 12, Delhi")
    words.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>Flat 12</x:xmpmeta>")
    stored = world.engine.attachments.store(encoded(scene(), "PNG", pnginfo=words), "a.png", "photo", NOW)
    assert b"Flat 12" not in kept(world, stored.key)


def test_a_picture_held_sideways_is_kept_upright(world: World) -> None:
    stored = world.engine.attachments.store(
        encoded(scene(), "JPEG", exif=place(turned=True), quality=95), "a.jpg", "photo", NOW
    )
    with Image.open(io.BytesIO(kept(world, stored.key))) as shown:
        assert shown.size == (48, 64)
        # Turned right, the upper left corner is the upper right one.
        assert shown.getpixel((44, 4))[2] > 180  # type: ignore[index]
        assert shown.getpixel((4, 4))[0] > 180  # type: ignore[index]


def test_small_print_stays_legible(world: World) -> None:
    receipt = Image.new("RGB", (600, 200), "white")
    draw = ImageDraw.Draw(receipt)
    draw.text((10, 10), "UTR 412345678901  Rs 1,25,000.50", fill=(180, 0, 0))
    stored = world.engine.attachments.store(encoded(receipt, "JPEG", quality=95), "r.jpg", "photo", NOW)
    with Image.open(io.BytesIO(kept(world, stored.key))) as shown:
        away = ImageStat.Stat(ImageChops.difference(shown.convert("RGB"), receipt)).rms
    assert max(away) < 4


def test_of_a_moving_picture_the_first_frame_is_kept(world: World) -> None:
    second = Image.new("RGB", (64, 48), "green")
    for kind, options in (("GIF", {}), ("WEBP", {"lossless": True})):
        moving = encoded(scene(), kind, save_all=True, append_images=[second], duration=100, **options)
        stored = world.engine.attachments.store(moving, "a.gif", "photo", NOW)
        with Image.open(io.BytesIO(kept(world, stored.key))) as shown:
            assert getattr(shown, "n_frames", 1) == 1
            assert shown.convert("RGB").getpixel((4, 4))[2] > 180  # type: ignore[index]


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "I;16", "CMYK"])
def test_pictures_of_every_colour_model_are_kept(world: World, mode: str) -> None:
    image = scene().convert("L" if mode == "I;16" else mode) if mode != "LA" else scene().convert("L").convert("LA")
    image = image.convert("I;16") if mode == "I;16" else image
    stored = world.engine.attachments.store(encoded(image, "JPEG" if mode == "CMYK" else "PNG"), "a", "photo", NOW)
    assert stored.refused == ""
    with Image.open(io.BytesIO(kept(world, stored.key))) as shown:
        assert shown.size == (64, 48)


def test_a_huge_picture_is_drawn_smaller(world: World) -> None:
    stored = world.engine.attachments.store(encoded(Image.new("L", (9000, 6000), 90), "JPEG"), "a.jpg", "photo", NOW)
    with Image.open(io.BytesIO(kept(world, stored.key))) as shown:
        assert shown.width * shown.height <= 25_000_000
        assert abs(shown.width / shown.height - 1.5) < 0.01


def test_a_long_screenshot_keeps_its_size(world: World) -> None:
    stored = world.engine.attachments.store(encoded(Image.new("RGB", (1080, 15000)), "PNG"), "a.png", "photo", NOW)
    with Image.open(io.BytesIO(kept(world, stored.key))) as shown:
        assert shown.size == (1080, 15000)


def test_a_sticker_stays_a_sticker(world: World) -> None:
    assert world.engine.attachments.store(encoded(scene(), "WEBP"), "", "sticker", NOW).kind == "sticker"
    assert world.engine.attachments.store(JPEG, "", "sticker", NOW).kind == "photo"


@pytest.mark.parametrize(
    ("data", "name", "shown"),
    [(HEIC, "IMG_1.HEIC", "IMG_1.jpg"), (HEIC, "", ""), (JPEG, "a.JPEG", "a.JPEG"), (PNG, "a.pdf", "a.png")],
)
def test_the_name_fits_what_a_picture_was_kept_as(world: World, data: bytes, name: str, shown: str) -> None:
    assert world.engine.attachments.store(data, name, "photo", NOW).name == shown


# What pretends to be a picture


@pytest.mark.parametrize("side", [8001, 30000, 65000])
def test_a_picture_that_unpacks_to_too_much_is_refused(world: World, side: int) -> None:
    refused = world.engine.attachments.store(claimed_png(side, side), "bomb.png", "photo", NOW)
    assert (refused.refused, refused.kind) == ("unreadable", "photo")
    assert files_on_disk(world) == []


def test_a_picture_that_really_unpacks_to_too_much_is_refused(world: World) -> None:
    bomb = encoded(Image.new("1", (20000, 20000)), "PNG")
    assert len(bomb) < 200_000
    assert world.engine.attachments.store(bomb, "bomb.png", "photo", NOW).refused == "unreadable"


@pytest.mark.parametrize(
    "data", [JPEG[: len(JPEG) // 2], JPEG[:20], PNG[:60], HEIC[:300], b"\xff\xd8\xff\xe0" + bytes(64)]
)
def test_a_picture_that_is_cut_short_is_refused(world: World, data: bytes) -> None:
    assert world.engine.attachments.store(data, "a.jpg", "photo", NOW).refused == "unreadable"


@pytest.mark.parametrize("hidden", [archive(), b"<script>alert(1)</script>", b"<?php system('id'); ?>", pdf("hidden")])
def test_what_is_appended_to_a_picture_is_cut_off(world: World, hidden: bytes) -> None:
    stored = world.engine.attachments.store(JPEG + hidden, "a.jpg", "photo", NOW)
    assert hidden[:20] not in kept(world, stored.key)


def test_a_page_that_begins_like_a_gif_is_no_picture(world: World) -> None:
    assert world.engine.attachments.store(b"GIF89a/*<script>*/=1;", "a.gif", "photo", NOW).refused == "unreadable"


def test_what_takes_too_long_to_open_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "_PICTURE_SECONDS", 0.001)
    assert world.engine.attachments.store(JPEG, "a.jpg", "photo", NOW).refused == "unreadable"


def test_secrets_are_not_given_to_what_opens_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spy = tmp_path / "spy.py"
    spy.write_text("import os, sys\nopen(sys.argv[3], 'w').write(','.join(os.environ))\n", encoding="utf-8")
    monkeypatch.setattr(looking, "_SANDBOX", spy)
    monkeypatch.setenv("REFUND_DESK_SECRET_KEY", "k" * 40)
    assert "REFUND_DESK" not in pdf_text(spy)


# What a crash leaves behind


def test_a_file_that_was_laid_down_and_never_entered_is_swept_after_a_day(world: World) -> None:
    store = world.engine.attachments
    known = store.store(JPEG, "a.jpg", "photo", NOW)
    forgotten = store.prepare(PNG, "b.png", "photo")
    assert store.sweep() == 0
    for path in files_on_disk(world):
        _age(path, timedelta(days=1, minutes=1))
    assert store.sweep() == 1
    assert [path.name for path in files_on_disk(world)] == [known.key]
    assert not store.place.has(forgotten.row["path"])


def test_half_a_file_is_swept_after_an_hour(world: World) -> None:
    half = world.engine.settings.attachments_dir / "incoming" / "half"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"x")
    _age(half, timedelta(minutes=59))
    assert world.engine.attachments.sweep() == 0
    _age(half, timedelta(minutes=61))
    assert world.engine.attachments.sweep() == 1


def _age(path: Path, age: timedelta) -> None:
    then = time.time() - age.total_seconds()
    os.utime(path, (then, then))


def test_content_that_is_sent_again_while_it_is_erased_is_brought_again(world: World) -> None:
    store = world.engine.attachments
    again = store.prepare(JPEG, "a.jpg", "photo")
    store.drop(again.file.key, again.row["path"])
    with pytest.raises(PlaceDown, match="bring it again"), world.engine.database.unit_of_work() as session:
        store.enter(session, again, NOW)
    with world.engine.database.reading() as session:
        assert session.execute(sa.select(ATTACHMENT)).first() is None


def test_content_that_somebody_sent_meanwhile_is_not_dropped(world: World) -> None:
    store = world.engine.attachments
    stored = store.store(JPEG, "a.jpg", "photo", NOW)
    store.drop(stored.key, f"{stored.key[:2]}/{stored.key}")
    assert kept(world, stored.key)


def test_a_full_disk_is_no_fault_of_the_customer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = world.engine.settings.attachments_dir
    blocked.parent.mkdir(parents=True, exist_ok=True)
    blocked.write_bytes(b"")
    with pytest.raises(PlaceDown):
        world.engine.attachments.store(JPEG, "a.jpg", "photo", NOW)


# Names


@pytest.mark.parametrize(
    ("name", "shown"),
    [("../../etc/passwd", "passwd"), ("C:\\x\\bill.pdf", "bill.pdf"), ("a\x00b\n.jpg", "ab.jpg"), ("", "")],
)
def test_names_of_files_lead_nowhere(name: str, shown: str) -> None:
    assert safe_name(name) == shown


def test_a_file_known_by_name_alone_has_a_key_of_its_own() -> None:
    assert named_only("a.jpg", "photo").key != named_only("b.jpg", "photo").key
    assert named_only("a.pdf", "document").mime == "application/pdf"
