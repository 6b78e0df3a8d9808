"""Models are kept, found again, and built again when their file is broken."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bot.models import Sources, _hash, _kept, reader_for
from dialogs.reading.belief import shares_of
from dialogs.reading.classifier import sharpened
from dialogs.reading.compared import FuzzyWords, LinearSvm, NaiveBayes, NearestQuestion
from dialogs.reading.features import Featurer
from dialogs.reading.intents import FINER_TO_FIXED, FIXED, fixed_intents
from dialogs.reading.learning import SMOOTHING, _folds, learn, matrix_of
from dialogs.reading.lexicon import Lexicon
from dialogs.reading.likeness import Neighbours, Texts, TextSpace
from dialogs.reading.parts import cuts
from dialogs.reading.reader import Reader

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [
    "refund for broken token", "token is broken refund it", "broken token money back",
    "cancel my order now", "please cancel the order", "order cancel karo",
    "where is my parcel", "parcel kab aayega", "track my parcel",
]  # fmt: skip
LABELS = ["refund"] * 3 + ["cancel"] * 3 + ["parcel"] * 3

LEXICON = Lexicon({"refund": ["refund"], "order": ["thing"], "parcel": ["thing"], "token": ["thing"]})


def features(texts: list[str]) -> Texts:
    featurer = Featurer(LEXICON, ())
    return Texts.of(featurer.features(text) for text in texts)


@pytest.mark.parametrize("kind", [LinearSvm, NaiveBayes, NearestQuestion, FuzzyWords])
def test_every_classifier_finds_the_label_of_a_text_like_its_own(kind: type) -> None:
    classifier = kind.learn(features(TEXTS), LABELS)
    scores = classifier.scores(features(["cancel order", "the parcel is where"]))
    assert [classifier.labels[i] for i in scores.argmax(axis=1)] == ["cancel", "parcel"]


def test_the_likeness_classifier_is_the_same_every_time_and_knows_its_own_texts() -> None:
    first, second = learn(features(TEXTS), LABELS), learn(features(TEXTS), LABELS)
    assert np.array_equal(first.classifier.weights, second.classifier.weights)
    best = first.classifier.scores(features(TEXTS)).argmax(axis=1)
    assert [first.classifier.labels[i] for i in best] == LABELS


def test_a_text_counts_as_unseen_together_with_its_near_duplicates() -> None:
    learnt = learn(features([*TEXTS, TEXTS[0]]), [*LABELS, "refund"])
    assert learnt.unseen_alike()[0, 9] == 0
    assert learnt.unseen_scores[0].max() < learnt.classifier.scores(features(TEXTS[:1]))[0].max()


def test_what_is_said_of_unseen_texts_is_what_learning_without_them_would_say() -> None:
    learnt = learn(features(TEXTS), LABELS)
    for members in _folds(learnt.groups):
        others = [row for row in range(len(TEXTS)) if row not in members]
        alike = sharpened(learnt.alike)
        kernel = alike[np.ix_(others, others)] + SMOOTHING * np.eye(len(others))
        wanted = np.array([[LABELS[row] == label for label in learnt.classifier.labels] for row in others])
        said = alike[np.ix_(members, others)] @ np.linalg.solve(kernel, wanted)
        assert learnt.unseen_scores[members] == pytest.approx(said, abs=1e-4)


@pytest.mark.parametrize("count", [1, 3, 15, 16, 40])
def test_likeness_is_the_same_for_one_text_and_for_many(count: int) -> None:
    known = features([f"{text} {n % 7}" for n, text in enumerate(TEXTS * 4)])
    asked = features([f"{TEXTS[n % 9]} please {n}" for n in range(count)])
    space = TextSpace.of(known)
    neighbours = Neighbours.of(space.vectors(known))
    assert (neighbours.common >= 0).any()
    assert len(neighbours.at)
    vectors = [matrix_of(space.vectors(texts)) for texts in (asked, known)]
    expected = (vectors[0] @ vectors[1].T).toarray()
    assert neighbours.likeness(space.vectors(asked)) == pytest.approx(expected, abs=1e-5)
    again = Neighbours.from_arrays(neighbours.arrays())
    assert np.array_equal(again.likeness(space.vectors(asked)), neighbours.likeness(space.vectors(asked)))
    assert np.diag(neighbours.likeness(space.vectors(known))) == pytest.approx(1, abs=1e-5)


def test_some_texts_are_taken_whole_and_in_order() -> None:
    texts = features(TEXTS)
    some, alone = texts.take([5, 0, 5]), features([TEXTS[5], TEXTS[0], TEXTS[5]])
    assert some.words == alone.words
    assert np.array_equal(some.places, alone.places)
    assert np.array_equal(some.counts, alone.counts)
    assert np.array_equal(some.borders, alone.borders)


def test_reading_with_a_kept_model_imports_nothing_that_only_learning_needs(models: Path, reader: Reader) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom bot.models import reader_for\n"
        f"reader_for('api-infotech', Path({str(models)!r})).ask(['refund kab aayega'])\n"
        "sys.exit(', '.join({'scipy', 'sklearn', 'joblib'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_shares_add_up_to_one() -> None:
    assert shares_of(np.array([[0.1, 0.5, 0.2]], dtype=np.float32), 0.05).sum() == pytest.approx(1)


def test_a_kept_model_reads_like_the_one_that_was_built(reader: Reader, models: Path) -> None:
    question = ["dsc download kar liya, paisa wapas milega kya"]
    (intents, first), (again_intents, second) = (
        reader.ask(question)[0],
        reader_for("api-infotech", models).ask(question)[0],
    )
    assert intents == again_intents
    assert (first.clauses, first.answerable, first.topic) == (second.clauses, second.answerable, second.topic)


def test_a_broken_file_is_built_again_and_older_files_go(tmp_path: Path) -> None:
    (tmp_path / "brand-abc.npz").write_bytes(b"not a model")
    (tmp_path / "brand-old.npz").write_bytes(b"older")
    built = _kept(tmp_path, "brand", "abc", lambda: {"numbers": np.arange(3)})
    found = _kept(tmp_path, "brand", "abc", lambda: pytest.fail("it is kept already"))
    assert built["numbers"].tolist() == found["numbers"].tolist() == [0, 1, 2]
    assert [path.name for path in tmp_path.iterdir()] == ["brand-abc.npz"]


def test_other_texts_are_another_model() -> None:
    sources = Sources("lexicon", "intents")
    assert _hash(sources, {"a": "b"}) == _hash(sources, {"a": "b"})
    assert (
        len({_hash(sources, {"a": "b"}), _hash(sources, {"a": "c"}), _hash(Sources("x", "intents"), {"a": "b"})}) == 3
    )


def test_finer_intents_count_for_their_parents() -> None:
    assert set(FINER_TO_FIXED.values()) <= set(FIXED)
    assert not set(FINER_TO_FIXED) & set(FIXED)
    ordered = fixed_intents([("policy_question", 0.4), ("appeal", 0.3), ("complaint", 0.2), ("opt_in", 0.1)])
    assert [name for name, _ in ordered] == ["complaint", "policy_question"]


def test_a_question_mark_stays_with_its_question() -> None:
    text = "can i cancel it now? how many days for refund"
    cut = cuts(text)[0]
    assert (text[: cut.end], text[cut.start :]) == ("can i cancel it now?", "how many days for refund")


@pytest.mark.parametrize("text", ["refund?", "token and dongle", "screen showed loading, then i closed the app"])
def test_what_does_not_ask_twice_is_not_cut(text: str) -> None:
    assert cuts(text) == []
