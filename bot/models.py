"""Builds the models that read messages and keeps them in DATA_DIR/models.

A file's name holds a hash over everything the model is made from: the texts, the version of this code, and that of the
libraries. What is found under the name is what would be built; a file that does not load is built again. Files hold
plain arrays, so that loading one runs nothing.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from bot.packs import PACKS, brand_names, pack_texts, read_pack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dialogs.reading.clauses import LearntClauses
    from dialogs.reading.features import Featurer
    from dialogs.reading.intents import IntentModel, IntentReader, LearntIntents
    from dialogs.reading.lexicon import Lexicon
    from dialogs.reading.reader import Reader
    from dialogs.reading.training import PackTraining, Row

log = structlog.get_logger()

TRAINING = Path(__file__).resolve().parent.parent / "dialogs" / "training"
CODE_VERSION = "5"
"""Goes up with every change to `dialogs/reading` that changes what is learnt."""
_LEARNT_FROM = ("clauses", "questions", "silent")
"""The beginnings of the pack's files from which the clause model is made."""

Arrays = Mapping[str, "NDArray[Any]"]
Model = TypeVar("Model")


@dataclass(frozen=True)
class Sources:
    """The texts that all brands' models are made from."""

    lexicon: str
    intents: str

    @classmethod
    def open(cls, folder: Path = TRAINING) -> "Sources":
        """The texts in `folder`."""
        return cls(*((folder / name).read_text(encoding="utf-8") for name in ("lexicon.yaml", "intents.yaml")))


@dataclass(frozen=True)
class Built:
    """Everything that was learnt for one brand; `clauses` and `intents` also know what they say of their own rows."""

    training: "PackTraining"
    clauses: "LearntClauses"
    intents: "IntentReader"
    featurer: "Featurer"


def reader_for(brand: str, data_dir: Path, packs: Path = PACKS) -> "Reader":
    """The reader of `brand`, from the models kept in `data_dir` or built now. Raises `PackError` for a bad pack."""
    from dialogs.reading.clauses import ClauseModel
    from dialogs.reading.features import Featurer
    from dialogs.reading.intents import IntentReader
    from dialogs.reading.logistic import Logistic
    from dialogs.reading.reader import build_reader

    _keep_to_one_core()
    pack = read_pack(brand, packs)
    sources = Sources.open()
    texts, folder = pack_texts(brand, packs), newest_folder(brand, packs)
    folder_of_models = data_dir / "models"

    def build() -> dict[str, "NDArray[Any]"]:
        return _brand_arrays(build_brand(texts, folder, sources))

    kept = _kept(folder_of_models, brand, _hash(sources, _learnt_from(texts, folder)), build)
    intents = intent_model(sources, folder_of_models)
    if len(list(folder_of_models.glob("*.npz"))) > len(brand_names(packs)):
        # Everything is built: what was learnt on the way need not stay in memory.
        learn_all_intents.cache_clear()
        lexicon_of.cache_clear()
    featurer = Featurer(intents.lexicon, [*_words(kept), *intents.words])
    reader = IntentReader(intents.model, Logistic.from_array(kept["gate"]))
    return build_reader(pack, featurer, ClauseModel.from_arrays(kept), reader)


def build_apart(brands: Sequence[str], data_dir: Path, packs: Path = PACKS) -> None:
    """Build what is missing in processes of its own: learning takes memory that a service would never give back."""
    folder, sources = data_dir / "models", Sources.open()
    missing = [brand for brand in brands if not _path(folder, brand, _content(brand, sources, packs)).is_file()]
    if not missing:
        return
    # The largest pack takes as long as all the others: two processes use two cores.
    by_size = sorted(missing, key=lambda brand: -sum(map(len, pack_texts(brand, packs).values())))
    groups = [group for group in (by_size[:1], by_size[1:]) if group]
    running = [subprocess.Popen([sys.executable, "-m", "bot.models", str(data_dir), *group]) for group in groups]  # noqa: S603
    codes = [process.wait() for process in running]
    if any(codes):
        log.error("models_not_built_apart", codes=codes, brands=missing)


@dataclass(frozen=True)
class KeptIntents:
    """The intent model that all brands share, the words it knows, and the lexicon."""

    model: "IntentModel"
    words: tuple[str, ...]
    lexicon: "Lexicon"


_intent_models: dict[str, KeptIntents] = {}


def intent_model(sources: Sources, folder: Path) -> KeptIntents:
    """The intent model, from `folder` or built now; one copy in memory serves all brands."""
    from dialogs.reading.intents import IntentModel
    from dialogs.reading.lexicon import Lexicon

    name = _hash(sources, {})
    if name not in _intent_models:

        def build() -> dict[str, "NDArray[Any]"]:
            learnt = learn_all_intents(sources)
            lexicon = json.dumps(lexicon_of(sources.lexicon).concepts, ensure_ascii=False)
            words = _word_array(_known(_spelled(learnt.rows)))
            return learnt.model.arrays() | words | {"lexicon": _text_array(lexicon)}

        kept = _kept(folder, "intents", name, build)
        lexicon = Lexicon(json.loads(bytes(kept["lexicon"])))
        _intent_models.clear()
        _intent_models[name] = KeptIntents(IntentModel.from_arrays(kept), _words(kept), lexicon)
    return _intent_models[name]


@lru_cache(maxsize=1)
def lexicon_of(text: str) -> "Lexicon":
    """The lexicon of a file's text."""
    from dialogs.reading.lexicon import Lexicon

    return Lexicon.parse(text)


@lru_cache(maxsize=1)
def learn_all_intents(sources: Sources) -> "LearntIntents":
    """The intent model learnt from `sources`."""
    from dialogs.reading.features import Featurer
    from dialogs.reading.intents import learn_intents
    from dialogs.reading.training import read_intents

    rows = read_intents("intents.yaml", sources.intents)
    spelled = _spelled(rows)
    featurer = Featurer(lexicon_of(sources.lexicon), _known(spelled))
    return learn_intents(rows, [featurer.of_words(words) for words in spelled])


def build_brand(texts: Mapping[str, str], folder: str, sources: Sources) -> Built:
    """Everything learnt for the version in `folder` of the pack with `texts`; takes seconds."""
    from dialogs.reading.clauses import clause_rows, learn_clauses
    from dialogs.reading.features import Featurer
    from dialogs.reading.intents import IntentReader, learn_gate
    from dialogs.reading.training import read_training

    intents = learn_all_intents(sources)
    training = read_training(texts, folder)
    rows = clause_rows(training, [row for row in intents.rows if row.label == "out_of_scope"])
    spelled, stated = _spelled(rows), _spelled(training.statements)
    featurer = Featurer(lexicon_of(sources.lexicon), [*_known(spelled), *_known(_spelled(intents.rows))])
    _keep_to_one_core()
    clauses = learn_clauses(
        training,
        rows,
        [featurer.of_words(words) for words in spelled],
        [featurer.of_words(words) for words in stated],
    )
    gate = learn_gate(intents, clauses)
    return Built(training, clauses, IntentReader(intents.model, gate), featurer)


def _brand_arrays(built: Built) -> dict[str, "NDArray[Any]"]:
    words = _word_array(_known(_spelled(built.clauses.rows)))
    return built.clauses.model.arrays() | words | {"gate": built.intents.gate.array()}


@lru_cache(maxsize=1)
def _keep_to_one_core() -> None:
    """One message is too little work to share: several threads would only wait for each other."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    threadpool_limits(limits=1)


def _spelled(rows: Sequence["Row"]) -> list[list[str]]:
    """The words of each row in their one spelling."""
    from dialogs.reading.spelling import keys_of

    return [keys_of(row.text) for row in rows]


def _known(spelled: Sequence[Sequence[str]]) -> list[str]:
    return sorted({word for words in spelled for word in words})


def _word_array(words: Sequence[str]) -> dict[str, "NDArray[Any]"]:
    return {"words": _text_array("\n".join(words))}


def _text_array(text: str) -> "NDArray[Any]":
    import numpy as np

    return np.frombuffer(text.encode(), dtype=np.uint8)


def _words(kept: Arrays) -> tuple[str, ...]:
    return tuple(bytes(kept["words"]).decode().split("\n"))


def newest_folder(brand: str, packs: Path = PACKS) -> str:
    """The folder of the version that is in force last, as the pack orders them."""
    newest = read_pack(brand, packs).newest.in_force_from.isoformat()
    folders = sorted({PurePosixPath(path).parts[0] for path in pack_texts(brand, packs) if "/" in path})
    return newest if newest in folders else folders[-1]


def _learnt_from(texts: Mapping[str, str], folder: str) -> dict[str, str]:
    return {
        path: text
        for path, text in texts.items()
        if PurePosixPath(path).parts[0] == folder and PurePosixPath(path).name.startswith(_LEARNT_FROM)
    }


def _hash(sources: Sources, texts: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for part in (
        CODE_VERSION,
        *(version(library) for library in ("numpy", "scipy", "scikit-learn")),
        sources.lexicon,
        sources.intents,
    ):
        digest.update(f"{len(part)}:{part}".encode())
    for path in sorted(texts):
        digest.update(f"{path}:{len(texts[path])}:{texts[path]}".encode())
    return digest.hexdigest()[:20]


def _path(folder: Path, name: str, content: str) -> Path:
    return folder / f"{name}-{content}.npz"


def _content(brand: str, sources: Sources, packs: Path) -> str:
    """The name of what a brand's clause model is made from."""
    return _hash(sources, _learnt_from(pack_texts(brand, packs), newest_folder(brand, packs)))


def _kept(folder: Path, name: str, content: str, build: Callable[[], dict[str, "NDArray[Any]"]]) -> Arrays:
    """The arrays kept under `name` for this content, built and kept where there are none or they do not load."""
    path = _path(folder, name, content)
    if path.is_file():
        arrays = _load(path)
        if arrays is not None:
            return arrays
    log.info("model_building", model=name)
    built = build()
    folder.mkdir(parents=True, exist_ok=True)
    _store(path, built)
    for older in folder.glob(f"{name}-*.npz"):
        if older != path:
            older.unlink(missing_ok=True)
    return built


def _load(path: Path) -> Arrays | None:
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, KeyError) as error:
        log.warning("model_file_broken", file=path.name, error=str(error))
        return None


def _store(path: Path, arrays: Arrays) -> None:
    """Writes the file whole or not at all."""
    import numpy as np

    descriptor, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            np.savez(file, **dict(arrays))  # type: ignore[arg-type]
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


if __name__ == "__main__":
    for name in sys.argv[2:]:
        reader_for(name, Path(sys.argv[1]))
