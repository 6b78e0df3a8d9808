"""Classifiers that the product's is compared with by `refund-desk accuracy --compare`; none of them is used."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from dialogs.reading.learning import matrix_of
from dialogs.reading.likeness import Floats, Neighbours, Texts, TextSpace


@dataclass
class LinearSvm:
    """One linear support vector machine per label over the same vectors."""

    labels: tuple[str, ...]
    _space: TextSpace
    _machine: Any

    @classmethod
    def learn(cls, texts: Texts, labels: Sequence[str]) -> "LinearSvm":
        """The machines for `texts` with their `labels`."""
        space = TextSpace.of(texts)
        machine = LinearSVC(C=1.0, random_state=0).fit(matrix_of(space.vectors(texts)), list(labels))
        return cls(tuple(machine.classes_), space, machine)

    def scores(self, texts: Texts) -> Floats:
        """The distance from each label's border."""
        return np.asarray(self._machine.decision_function(matrix_of(self._space.vectors(texts))), dtype=np.float32)


@dataclass
class NaiveBayes:
    """Complement naive Bayes over the same vectors."""

    labels: tuple[str, ...]
    _space: TextSpace
    _bayes: Any

    @classmethod
    def learn(cls, texts: Texts, labels: Sequence[str]) -> "NaiveBayes":
        """The probabilities for `texts` with their `labels`."""
        space = TextSpace.of(texts)
        bayes = ComplementNB(alpha=0.3).fit(matrix_of(space.vectors(texts)), list(labels))
        return cls(tuple(bayes.classes_), space, bayes)

    def scores(self, texts: Texts) -> Floats:
        """The logarithm of each label's weight."""
        return np.asarray(self._bayes.predict_joint_log_proba(matrix_of(self._space.vectors(texts))), dtype=np.float32)


@dataclass
class NearestQuestion:
    """The label of the learnt text with the highest cosine."""

    labels: tuple[str, ...]
    _space: TextSpace
    _neighbours: Neighbours
    _columns: list[NDArray[Any]] = field(default_factory=list)

    @classmethod
    def learn(cls, texts: Texts, labels: Sequence[str]) -> "NearestQuestion":
        """The texts kept with their `labels`."""
        names, column = np.unique(np.array(labels), return_inverse=True)
        space = TextSpace.of(texts)
        kept = Neighbours.of(space.vectors(texts))
        return cls(tuple(names), space, kept, [np.flatnonzero(column == i) for i in range(len(names))])

    def scores(self, texts: Texts) -> Floats:
        """The cosine of each label's nearest text."""
        likeness = self._neighbours.likeness(self._space.vectors(texts))
        return np.stack([likeness[:, columns].max(axis=1) for columns in self._columns], axis=1)


@dataclass
class FuzzyWords:
    """rapidfuzz's token set ratio with the nearest learnt text."""

    labels: tuple[str, ...]
    _texts: list[str]
    _columns: list[NDArray[Any]]

    @classmethod
    def learn(cls, texts: Texts, labels: Sequence[str]) -> "FuzzyWords":
        """The texts kept with their `labels`."""
        names, column = np.unique(np.array(labels), return_inverse=True)
        columns = [np.flatnonzero(column == i) for i in range(len(names))]
        return cls(tuple(names), [" ".join(words) for words in texts.words], columns)

    def scores(self, texts: Texts) -> Floats:
        """The ratio (0 to 1) with each label's nearest text."""
        ratios = (
            process.cdist([" ".join(words) for words in texts.words], self._texts, scorer=fuzz.token_set_ratio) / 100
        )
        return np.stack([ratios[:, columns].max(axis=1) for columns in self._columns], axis=1).astype(np.float32)
