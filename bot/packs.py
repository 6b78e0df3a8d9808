"""Opens the packs' files and hands their texts to `policies`."""

from functools import lru_cache
from pathlib import Path

from policies.load import load_pack
from policies.pack import Pack
from policies.yaml_source import PackError, Problem

PACKS = Path(__file__).resolve().parent.parent / "policies" / "packs"
COMMON = "common"


def brand_names(folder: Path = PACKS) -> list[str]:
    """The brands that have a pack in `folder`, in alphabetical order."""
    return sorted(path.parent.name for path in folder.glob("*/brand.yaml"))


def pack_texts(brand: str, folder: Path = PACKS) -> dict[str, str]:
    """The YAML texts of a pack by their path inside it. Raises `PackError` where there is none or one is not UTF-8."""
    root = folder / brand
    if not (root / "brand.yaml").is_file():
        known = ", ".join(brand_names(folder)) or "none"
        raise PackError([Problem(brand, 0, f"there is no pack of this name; there are: {known}")])
    texts = {}
    for path in sorted(root.rglob("*.yaml")):
        try:
            texts[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise PackError([Problem(str(path.relative_to(folder)), 0, f"not UTF-8: {error.reason}")]) from None
    return texts


def read_pack(brand: str, folder: Path = PACKS) -> Pack:
    """The pack of `brand`, read once. Raises `PackError` with every problem, its file and line."""
    # The cache tells a default from the same value given, and would read the pack twice.
    return _read_pack(brand, folder)


@lru_cache(maxsize=32)
def _read_pack(brand: str, folder: Path) -> Pack:
    common = folder / COMMON / "facts.yaml"
    return load_pack(pack_texts(brand, folder), common.read_text(encoding="utf-8") if common.is_file() else "")
