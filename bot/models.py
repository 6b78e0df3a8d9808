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
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from bot.packs import PACKS, pack_texts, read_pack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dialogs.reading.clause_learning import LearntClauses
    from dialogs.reading.features import Featurer
    from dialogs.reading.intents import IntentModel, IntentReader
    from dialogs.reading.lexicon import Lexicon
    from dialogs.reading.likeness import Floats
    from dialogs.reading.reader import Reader
    from dialogs.reading.training import PackTraining, Row

log = structlog.get_logger()

TRAINING = Path(__file__).resolve().parent.parent / "dialogs" / "training"
INTENTS = "intents"
"""The name under which the model that all brands share is kept."""
CODE_VERSION = "8"
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
    """Everything learnt for one brand; `clauses` also has what the model says of its rows, `words` are theirs."""

    training: "PackTraining"
    clauses: "LearntClauses"
    intents: "IntentReader"
    featurer: "Featurer"
    words: tuple[str, ...]


def reader_for(brand: str, data_dir: Path, packs: Path = PACKS) -> "Reader":
    """The reader of `brand`, from the models kept in `data_dir` or built now. Raises `PackError` for a bad pack."""
    from dialogs.reading.clauses import ClauseModel
    from dialogs.reading.features import Featurer
    from dialogs.reading.intents import IntentReader
    from dialogs.reading.logistic import Logistic
    from dialogs.reading.reader import build_reader

    _keep_to_one_core()
    kept = brand_model(brand, data_dir, packs)
    intents = intent_model(Sources.open(), data_dir / "models")
    featurer = Featurer(intents.lexicon, [*_words(kept), *intents.words])
    reader = IntentReader(intents.model, Logistic.from_array(kept["gate"]))
    return build_reader(read_pack(brand, packs), featurer, ClauseModel.from_arrays(kept), reader)


def brand_model(brand: str, data_dir: Path, packs: Path = PACKS) -> Arrays:
    """What was learnt for `brand`, from `data_dir` or learnt now. Raises `PackError` for a bad pack."""
    sources, folder = Sources.open(), data_dir / "models"
    texts, version_folder = pack_texts(brand, packs), newest_folder(brand, packs)

    def build() -> dict[str, "NDArray[Any]"]:
        return _brand_arrays(build_brand(texts, version_folder, sources, folder))

    return _kept(folder, brand, _hash(sources, _learnt_from(texts, version_folder)), build)


def files_of(brand: str, data_dir: Path, packs: Path = PACKS) -> tuple[Path, ...]:
    """The files in `data_dir` that the reader of `brand` is made from, whether they are there or not."""
    sources, folder = Sources.open(), data_dir / "models"
    return _path(folder, brand, _content(brand, sources, packs)), _path(folder, INTENTS, _hash(sources, {}))


def build_apart(brands: Sequence[str], data_dir: Path, packs: Path = PACKS) -> list["subprocess.Popen[bytes]"]:
    """Begins to build what is missing in processes of its own, which it gives; none where all is there.

    Learning takes memory that a service would never give back.
    """
    missing = [brand for brand in brands if not all(file.is_file() for file in files_of(brand, data_dir, packs))]
    if not missing:
        return []
    # The largest pack takes as long as all the others: two processes use two cores. The intents are learnt once; the
    # largest pack needs them last, and finds them kept by then.
    by_size = sorted(missing, key=lambda brand: -sum(map(len, pack_texts(brand, packs).values())))
    groups = [by_size[:1], [INTENTS, *reversed(by_size[1:])]]
    # It runs this very module.
    return [subprocess.Popen([sys.executable, "-m", "bot.models", str(data_dir), *group]) for group in groups]  # noqa: S603


@dataclass(frozen=True)
class KeptIntents:
    """The intent model that all brands share, the words it knows, the lexicon, and what it says of its own rows."""

    model: "IntentModel"
    words: tuple[str, ...]
    lexicon: "Lexicon"
    unseen_scores: "Floats"


_intent_models: dict[tuple[Path, str], KeptIntents] = {}


def intent_model(sources: Sources, folder: Path) -> KeptIntents:
    """The intent model, from `folder` or built now; one copy in memory serves all brands."""
    from dialogs.reading.intents import IntentModel
    from dialogs.reading.lexicon import Lexicon

    key = folder, _hash(sources, {})
    if key not in _intent_models:
        kept = _kept(folder, INTENTS, key[1], lambda: _intent_arrays(sources))
        model, lexicon = IntentModel.from_arrays(kept), Lexicon(json.loads(bytes(kept["lexicon"])))
        _intent_models.clear()
        _intent_models[key] = KeptIntents(model, _words(kept), lexicon, kept["unseen"])
    return _intent_models[key]


@dataclass(frozen=True)
class Messages:
    """The messages by intent, with their words in the one spelling, and the lexicon."""

    rows: tuple["Row", ...]
    spelled: tuple[list[str], ...]
    lexicon: "Lexicon"


@lru_cache(maxsize=1)
def messages_of(sources: Sources) -> Messages:
    """The messages that every brand's model learns from, read once in a process that builds."""
    from dialogs.reading.lexicon import Lexicon
    from dialogs.reading.training import read_intents

    rows = read_intents("intents.yaml", sources.intents)
    return Messages(rows, tuple(_spelled(rows)), Lexicon.parse(sources.lexicon))


def _intent_arrays(sources: Sources) -> dict[str, "NDArray[Any]"]:
    from dialogs.reading.features import Featurer
    from dialogs.reading.intent_learning import learn_intents
    from dialogs.reading.likeness import Texts

    messages = messages_of(sources)
    known = _known(messages.spelled)
    featurer = Featurer(messages.lexicon, known)
    _keep_to_one_core()
    learnt = learn_intents(messages.rows, Texts.of(map(featurer.of_words, messages.spelled)))
    lexicon = json.dumps(messages.lexicon.concepts, ensure_ascii=False)
    unseen = {"lexicon": _text_array(lexicon), "unseen": learnt.unseen_scores}
    return learnt.model.arrays() | _word_array(known) | unseen


def build_brand(texts: Mapping[str, str], folder: str, sources: Sources, models: Path) -> Built:
    """Everything learnt for the version in `folder` of the pack with `texts`; takes seconds.

    The intents are taken from the folder `models` where they are kept, else learnt too.
    """
    from dialogs.reading.clause_learning import clause_rows, learn_clauses
    from dialogs.reading.features import Featurer
    from dialogs.reading.intent_learning import LearntIntents, learn_gate
    from dialogs.reading.intents import IntentReader
    from dialogs.reading.likeness import Texts
    from dialogs.reading.training import read_training

    messages = messages_of(sources)
    training = read_training(texts, folder)
    rows = clause_rows(training, [row for row in messages.rows if row.label == "out_of_scope"])
    spelled = _spelled(rows)
    known = _known(spelled)
    featurer = Featurer(messages.lexicon, [*known, *_known(messages.spelled)])
    _keep_to_one_core()
    told = Texts.of(map(featurer.of_words, [*spelled, *_spelled(training.statements)]))
    clauses = learn_clauses(training, rows, told)
    kept = intent_model(sources, models)
    intents = LearntIntents(kept.model, messages.rows, kept.unseen_scores)
    gate = learn_gate(intents, Texts.of(map(featurer.of_words, messages.spelled)), clauses)
    return Built(training, clauses, IntentReader(kept.model, gate), featurer, tuple(known))


def _brand_arrays(built: Built) -> dict[str, "NDArray[Any]"]:
    return built.clauses.model.arrays() | _word_array(built.words) | {"gate": built.intents.gate.array()}


@lru_cache(maxsize=1)
def _keep_to_one_core() -> None:
    """One message is too little work to share: several threads would only wait for each other."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no types

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
        *_library_versions(),
        sources.lexicon,
        sources.intents,
    ):
        digest.update(f"{len(part)}:{part}".encode())
    for path in sorted(texts):
        digest.update(f"{path}:{len(texts[path])}:{texts[path]}".encode())
    return digest.hexdigest()[:20]


@cache
def _library_versions() -> tuple[str, ...]:
    """Asked once: each look searches all installed packages."""
    return tuple(version(library) for library in ("numpy", "scipy", "scikit-learn"))


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
            # Names may not be those of its own parameters, and are not.
            np.savez(file, **dict(arrays))  # type: ignore[arg-type]
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


if __name__ == "__main__":
    for name in sys.argv[2:]:
        if name == INTENTS:
            intent_model(Sources.open(), Path(sys.argv[1]) / "models")
        else:
            brand_model(name, Path(sys.argv[1]))
