"""From texts to scores per label, behind one small interface; how the classifiers compare is in decision record 0001.

The product uses two that share their vectors and their one costly step, how alike a text is to each text learnt from.
`LikenessClassifier` is ridge regression on that likeness: a linear model and a search for the nearest question in one,
solved exactly (no seeds, no iterations); it tells without learning again what it would have said of a text it had not
seen. `Machines` are linear support vector machines, sharper where labels are close to each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from scipy import linalg, sparse
from scipy.sparse.csgraph import connected_components

from dialogs.reading.features import Features
from dialogs.reading.likeness import Arrays, Floats, Neighbours, TextSpace

SHARPNESS = 2.5
"""How much more a very similar text counts than a vaguely similar one."""
SMOOTHING = 0.25
"""How little one single text may say."""
NEAR_DUPLICATE = 0.75
"""Texts more alike than this are the same question; they are left out together when a text counts as unseen."""
_FOLDS = 10
_JITTER = 1e-3
"""Keeps near duplicates from making the machines' weights over texts ambiguous."""
_NEVER_MET = -2.0


class Classifier(Protocol):
    """Gives every label a score for each text; the highest is the likeliest."""

    @property
    def labels(self) -> Sequence[str]:
        """The labels, in the order of the scores' columns."""

    def scores(self, texts: Sequence[Features]) -> Floats:
        """One row per text, one column per label."""


@dataclass(frozen=True)
class LikenessClassifier:
    """Ridge regression on likeness."""

    labels: tuple[str, ...]
    space: TextSpace
    neighbours: Neighbours
    weights: Floats

    def scores(self, texts: Sequence[Features]) -> Floats:
        """Near 1 where a label is sure, near 0 where it is not; a little outside is possible."""
        return self.scores_from(self.likeness(texts))

    def likeness(self, texts: Sequence[Features]) -> Floats:
        """How alike each text is to each learnt one, in the order in which they were learnt."""
        return self.neighbours.likeness(self.space.vectors(texts))

    def scores_from(self, likeness: Floats) -> Floats:
        """The scores of texts whose likeness is known already."""
        return np.asarray(_sharpened(likeness) @ self.weights, dtype=np.float32)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The state, for keeping."""
        kept = {f"neighbours_{name}": array for name, array in self.neighbours.arrays().items()}
        return kept | {"labels": np.array(self.labels), "rarity": self.space.rarity, "weights": self.weights}

    @classmethod
    def from_arrays(cls, kept: Arrays) -> "LikenessClassifier":
        """What `arrays` gave."""
        prefix = "neighbours_"
        neighbours = {name.removeprefix(prefix): array for name, array in kept.items() if name.startswith(prefix)}
        return cls(
            tuple(str(label) for label in kept["labels"]),
            TextSpace(kept["rarity"]),
            Neighbours.from_arrays(neighbours),
            kept["weights"],
        )


@dataclass(frozen=True)
class Machines:
    """One linear support vector machine per label, written as weights over the learnt texts instead of over features.

    A machine's weights are a sum of learnt texts, so its margin follows from the likeness that is known anyway.
    """

    weights: Floats
    offsets: Floats

    def margins_from(self, likeness: Floats) -> Floats:
        """How far each text lies on a label's side of its border: above 0 on it, towards -1 off it."""
        return np.asarray(likeness[:, : len(self.weights)] @ self.weights + self.offsets, dtype=np.float32)


@dataclass(frozen=True)
class Learnt:
    """A classifier with what it says of its own texts as if each were unseen.

    `alike` compares its texts with each other, `unseen_alike` without those that are the same question.
    """

    classifier: LikenessClassifier
    vectors: sparse.csr_matrix
    alike: Floats
    unseen_scores: Floats
    unseen_alike: Floats


def learn(texts: Sequence[Features], labels: Sequence[str], weights: Sequence[float] | None = None) -> Learnt:
    """The classifier for `texts` with their `labels`; `weights` below 1 make a text count less."""
    space = TextSpace.of(texts)
    vectors = space.vectors(texts)
    neighbours = Neighbours.of(vectors)
    alike = neighbours.likeness(vectors)
    names = tuple(sorted(set(labels)))
    place = {name: index for index, name in enumerate(names)}
    wanted = np.zeros((len(texts), len(names)), dtype=np.float32)
    wanted[np.arange(len(texts)), [place[label] for label in labels]] = 1
    kernel = _sharpened(alike)
    kernel[np.diag_indices_from(kernel)] += SMOOTHING / np.asarray(weights or np.ones(len(texts)), dtype=np.float32)
    inverse = _inverse(kernel)
    solved = np.asarray(inverse @ wanted, dtype=np.float32)
    groups = connected_components(sparse.csr_matrix(alike > NEAR_DUPLICATE))[1]
    unseen = _unseen(inverse, solved, wanted, groups)
    # A text learns nothing from itself or its near duplicates when it counts as unseen.
    apart = alike.copy()
    for group in np.flatnonzero(np.bincount(groups) > 1):
        members = np.flatnonzero(groups == group)
        apart[np.ix_(members, members)] = 0
    np.fill_diagonal(apart, 0)
    return Learnt(LikenessClassifier(names, space, neighbours, solved), vectors, alike, unseen, apart)


def learn_machines(learnt: Learnt, labels: Sequence[str]) -> Machines:
    """The machines of the first texts of `learnt`, whose labels are `labels`; a label without texts is never met."""
    count = len(labels)
    vectors = learnt.vectors[:count]
    used = np.unique(vectors.indices)
    narrow = sparse.csr_matrix(
        (vectors.data, np.searchsorted(used, vectors.indices), vectors.indptr), shape=(count, len(used))
    )
    from sklearn.svm import LinearSVC  # takes long to import and only learning needs it

    machine = LinearSVC(C=1.0, tol=0.1, random_state=0).fit(narrow, list(labels))
    margins = np.asarray(narrow @ machine.coef_.T, dtype=np.float32)
    kernel = learnt.alike[:count, :count].copy()
    kernel[np.diag_indices_from(kernel)] += _JITTER
    solved = linalg.cho_solve(linalg.cho_factor(kernel, lower=True, overwrite_a=True), margins)
    names = learnt.classifier.labels
    weights = np.zeros((count, len(names)), dtype=np.float32)
    offsets = np.full(len(names), _NEVER_MET, dtype=np.float32)
    columns = [names.index(name) for name in machine.classes_]
    weights[:, columns] = solved
    offsets[columns] = machine.intercept_
    return Machines(weights, offsets)


def _sharpened(likeness: Floats) -> Floats:
    return np.asarray(np.exp(SHARPNESS * (likeness - 1)), dtype=np.float32)


def _inverse(matrix: Floats) -> Floats:
    """The inverse of a symmetric positive definite matrix."""
    factor, failed = linalg.lapack.spotrf(matrix, lower=True, clean=True, overwrite_a=False)
    inverse, failed_too = linalg.lapack.spotri(factor, lower=True, overwrite_c=True)
    if failed or failed_too:
        raise ValueError("the texts cannot be learnt from: their likeness matrix is singular")
    return np.asarray(np.tril(inverse) + np.tril(inverse, -1).T, dtype=np.float32)


def _unseen(inverse: Floats, solved: Floats, wanted: Floats, groups: NDArray[Any]) -> Floats:
    """The scores of each text by the classifier that had been learnt without its tenth of the texts (exactly)."""
    order = np.random.RandomState(0).permutation(groups.max() + 1)
    folds = (order % _FOLDS)[groups]
    scores = np.zeros_like(wanted)
    for fold in range(_FOLDS):
        left_out = np.flatnonzero(folds == fold)
        if len(left_out):
            block = inverse[np.ix_(left_out, left_out)]
            scores[left_out] = wanted[left_out] - np.linalg.solve(block, solved[left_out])
    return scores


@dataclass
class LinearSvm:
    """For comparison: one linear support vector machine per label over the same vectors."""

    labels: tuple[str, ...]
    _space: TextSpace
    _machine: Any

    @classmethod
    def learn(cls, texts: Sequence[Features], labels: Sequence[str]) -> "LinearSvm":
        """The machines for `texts` with their `labels`."""
        space = TextSpace.of(texts)
        from sklearn.svm import LinearSVC  # takes long to import and only learning needs it

        machine = LinearSVC(C=1.0, random_state=0).fit(space.vectors(texts), list(labels))
        return cls(tuple(machine.classes_), space, machine)

    def scores(self, texts: Sequence[Features]) -> Floats:
        """The distance from each label's border."""
        return np.asarray(self._machine.decision_function(self._space.vectors(texts)), dtype=np.float32)


@dataclass
class NaiveBayes:
    """For comparison: complement naive Bayes over the same vectors."""

    labels: tuple[str, ...]
    _space: TextSpace
    _bayes: Any

    @classmethod
    def learn(cls, texts: Sequence[Features], labels: Sequence[str]) -> "NaiveBayes":
        """The probabilities for `texts` with their `labels`."""
        space = TextSpace.of(texts)
        from sklearn.naive_bayes import ComplementNB  # takes long to import and only learning needs it

        bayes = ComplementNB(alpha=0.3).fit(space.vectors(texts), list(labels))
        return cls(tuple(bayes.classes_), space, bayes)

    def scores(self, texts: Sequence[Features]) -> Floats:
        """The logarithm of each label's weight."""
        return np.asarray(self._bayes.predict_joint_log_proba(self._space.vectors(texts)), dtype=np.float32)


@dataclass
class NearestQuestion:
    """For comparison: the label of the learnt text with the highest cosine."""

    labels: tuple[str, ...]
    _space: TextSpace
    _neighbours: Neighbours
    _columns: list[NDArray[Any]] = field(default_factory=list)

    @classmethod
    def learn(cls, texts: Sequence[Features], labels: Sequence[str]) -> "NearestQuestion":
        """The texts kept with their `labels`."""
        names, column = np.unique(np.array(labels), return_inverse=True)
        space = TextSpace.of(texts)
        kept = Neighbours.of(space.vectors(texts))
        return cls(tuple(names), space, kept, [np.flatnonzero(column == i) for i in range(len(names))])

    def scores(self, texts: Sequence[Features]) -> Floats:
        """The cosine of each label's nearest text."""
        likeness = self._neighbours.likeness(self._space.vectors(texts))
        return np.stack([likeness[:, columns].max(axis=1) for columns in self._columns], axis=1)


@dataclass
class FuzzyWords:
    """For comparison: rapidfuzz's token set ratio with the nearest learnt text."""

    labels: tuple[str, ...]
    _texts: list[str]
    _columns: list[NDArray[Any]]

    @classmethod
    def learn(cls, texts: Sequence[Features], labels: Sequence[str]) -> "FuzzyWords":
        """The texts kept with their `labels`."""
        names, column = np.unique(np.array(labels), return_inverse=True)
        columns = [np.flatnonzero(column == i) for i in range(len(names))]
        return cls(tuple(names), [_plain(text) for text in texts], columns)

    def scores(self, texts: Sequence[Features]) -> Floats:
        """The ratio (0 to 1) with each label's nearest text."""
        ratios = process.cdist([_plain(text) for text in texts], self._texts, scorer=fuzz.token_set_ratio) / 100
        return np.stack([ratios[:, columns].max(axis=1) for columns in self._columns], axis=1).astype(np.float32)


def _plain(text: Features) -> str:
    return " ".join(word for word in text.words if " " not in word)
