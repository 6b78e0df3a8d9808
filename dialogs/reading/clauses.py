"""Which clause a message asks about, and how sure it is that stating that clause would answer it.

The matters on which the policy is silent are labels of their own, one for each, so that a question about EMI finds
"EMI" rather than the clause that happens to share its words. Two views of the same likeness put the clauses in order:
support vector machines, which are the sharper ones, and ridge regression. Sureness is learnt from what the regression
says of questions it had not seen; it looks at sections, for clauses of one section often say the same twice, and their
shares are added up. A sureness of 0.5 or more means: state the clause.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dialogs.reading.belief import shares_of
from dialogs.reading.classifier import LikenessClassifier, Machines
from dialogs.reading.likeness import Arrays, Floats, Texts
from dialogs.reading.logistic import Logistic, Numbers, probability
from dialogs.reading.training import OUT_OF_SCOPE, SILENT

MACHINES_COUNT = 0.5
"""Weight of the margins beside the scores where clauses are ranked."""
RANKED_SPREAD = 2.0
"""How much wider ranked scores are spread than the classifier's own."""
SECTION_LENDS = 0.1
"""What a clause gains from the scores of its whole section: siblings that are all likely bear each other out."""
SILENT_SECTION = 0
"""The number that stands for all silent matters where clauses have that of their section."""
_CANDIDATES = 8


@dataclass(frozen=True)
class ClauseReading:
    """What one text asks: clauses with their share of the belief, best first, and the likeliest silent matter."""

    clauses: tuple[tuple[str, float], ...]
    answerable: float
    topic: str
    signs: Numbers


@dataclass(frozen=True)
class ClauseModel:
    """The model of one version of a pack."""

    classifier: LikenessClassifier
    machines: Machines
    sections: Mapping[str, str]
    row_sections: NDArray[np.int32]
    sureness: Logistic
    threshold: float
    warmth: float

    def read(self, texts: Texts) -> list[ClauseReading]:
        """One reading per text."""
        if not len(texts):
            return []
        likeness = self.classifier.likeness(texts)
        scores = self.supported(self.classifier.scores_from(likeness))
        ranked = self.ranked(scores, likeness)
        signs = self.signs(texts, scores, likeness, self.best_clauses(ranked))
        sure = probability(self.sureness.logit(signs) - self.threshold)
        shares = shares_of(ranked, self.warmth * RANKED_SPREAD)
        return [self._reading(*row) for row in zip(shares, sure, signs, strict=True)]

    def ranked(self, scores: Floats, likeness: Floats) -> Floats:
        """The scores by which clauses and silent matters are put in order."""
        return np.asarray(scores + MACHINES_COUNT * self.machines.margins_from(likeness), dtype=np.float32)

    def scores(self, texts: Texts) -> Floats:
        """The same for texts, one row per text and one column per label of `classifier`."""
        likeness = self.classifier.likeness(texts)
        return self.ranked(self.supported(self.classifier.scores_from(likeness)), likeness)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the scores' columns."""
        return self.classifier.labels

    def signs_of(self, texts: Texts) -> Numbers:
        """The signs of texts that the model has not learnt from, one row per text."""
        likeness = self.classifier.likeness(texts)
        scores = self.supported(self.classifier.scores_from(likeness))
        return self.signs(texts, scores, likeness, self.best_clauses(scores))

    def supported(self, scores: Floats) -> Floats:
        """The classifier's scores, each clause with what its section lends it."""
        lent = SECTION_LENDS * (np.maximum(scores, 0) @ self._membership)[:, self._label_sections]
        return np.asarray(scores + np.where(self._label_sections == SILENT_SECTION, 0, lent), dtype=np.float32)

    def _reading(self, shares: Floats, sure: float, signs: Numbers) -> ClauseReading:
        labels = self.classifier.labels
        order = np.argsort(-shares, kind="stable")
        is_silent = self._label_sections[order] == SILENT_SECTION
        clauses = [(labels[i], round(float(shares[i]), 4)) for i in order[~is_silent][:_CANDIDATES]]
        topic = next((labels[i] for i in order[is_silent][:2] if labels[i] != OUT_OF_SCOPE), "")
        return ClauseReading(tuple(clauses), round(float(sure), 4), topic.removeprefix(SILENT), signs)

    @cached_property
    def _section_numbers(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(sorted(set(self.sections.values())), start=1)}

    @cached_property
    def _label_sections(self) -> NDArray[np.int32]:
        """The number of each label's section; silent matters share one."""
        found = [
            self._section_numbers[self.sections[label]] if label in self.sections else SILENT_SECTION
            for label in self.classifier.labels
        ]
        return np.array(found, dtype=np.int32)

    @cached_property
    def _layout(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """The learnt rows in the order of their sections, and where each section begins among them."""
        order = np.argsort(self.row_sections, kind="stable")
        starts = np.searchsorted(self.row_sections[order], np.arange(len(self._section_numbers) + 1))
        return order, starts

    @cached_property
    def _membership(self) -> Floats:
        member = np.zeros((len(self.classifier.labels), len(self._section_numbers) + 1), dtype=np.float32)
        member[np.arange(len(member)), self._label_sections] = 1
        return member

    def best_clauses(self, scores: Floats) -> NDArray[Any]:
        """The column of each row's best clause."""
        return np.asarray(self._of_clauses(scores).argmax(axis=1))

    def sections_of(self, columns: NDArray[Any]) -> NDArray[Any]:
        """The number of the section of each label."""
        return np.asarray(self._label_sections[columns])

    def _of_clauses(self, scores: Floats) -> Floats:
        return np.where(self._label_sections == SILENT_SECTION, np.float32(-9), scores)

    def signs(self, texts: Texts, scores: Floats, likeness: Floats, best: NDArray[Any]) -> Numbers:
        """What the sureness of the clauses `best` (their columns) is judged by, one row per text."""
        rows = np.arange(len(scores))
        of_clauses = self._of_clauses(scores)
        best_score, section = of_clauses[rows, best], self._label_sections[best]
        positive = np.maximum(scores, 0)
        shares = positive @ self._membership
        own = shares[rows, section]
        silent = positive[:, self._label_sections == SILENT_SECTION].max(axis=1)
        silent_sum = shares[:, SILENT_SECTION].copy()
        others = shares.copy()
        others[rows, section] = 0
        others[:, SILENT_SECTION] = 0
        rival = np.where(self._label_sections == section[:, None], np.float32(-9), of_clauses).max(axis=1)
        order, starts = self._layout
        nearest = np.maximum.reduceat(likeness[:, order], starts, axis=1)
        near_silent, near_own = nearest[:, SILENT_SECTION].copy(), nearest[rows, section]
        nearest[rows, section] = 0
        near_other = nearest[:, 1:].max(axis=1)
        lengths = np.array([np.log1p(len(words)) for words in texts.words])
        columns = (
            best_score, own, others.max(axis=1), others.sum(axis=1), silent, silent_sum, rival,
            near_silent, near_own, near_other, near_own - near_silent, best_score - silent, own - silent_sum,
            lengths, best_score - rival, own - others.max(axis=1),
        )  # fmt: skip
        return np.stack(columns, axis=1).astype(np.float64)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The state, for keeping."""
        return {
            **self.classifier.arrays(),
            "clauses": np.array(list(self.sections)),
            "sections": np.array(list(self.sections.values())),
            "row_sections": self.row_sections,
            "machines": self.machines.weights,
            "offsets": self.machines.offsets,
            "sureness": self.sureness.array(),
            "numbers": np.array([self.threshold, self.warmth]),
        }

    @classmethod
    def from_arrays(cls, kept: Arrays) -> "ClauseModel":
        """What `arrays` gave."""
        return cls(
            LikenessClassifier.from_arrays(kept),
            Machines(kept["machines"], kept["offsets"]),
            dict(zip(map(str, kept["clauses"]), map(str, kept["sections"]), strict=True)),
            kept["row_sections"],
            Logistic.from_array(kept["sureness"]),
            float(kept["numbers"][0]),
            float(kept["numbers"][1]),
        )
