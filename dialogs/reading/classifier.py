"""From texts to scores per label, behind one small interface; how the classifiers compare is in decision record 0001.

The product uses two that share their vectors and their one costly step, how alike a text is to each text learnt from.
`LikenessClassifier` is ridge regression on that likeness: a linear model and a search for the nearest question in one.
`Machines` are linear support vector machines, sharper where labels are close to each other. How both are learnt is in
`learning`, apart from here, since what it imports takes longer than a start may.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dialogs.reading.likeness import Arrays, Floats, Neighbours, Texts, TextSpace

SHARPNESS = 2.5
"""How much more a very similar text counts than a vaguely similar one."""


class Classifier(Protocol):
    """Gives every label a score for each text; the highest is the likeliest."""

    @property
    def labels(self) -> Sequence[str]:
        """The labels, in the order of the scores' columns."""

    def scores(self, texts: Texts) -> Floats:
        """One row per text, one column per label."""


@dataclass(frozen=True)
class LikenessClassifier:
    """Ridge regression on likeness."""

    labels: tuple[str, ...]
    space: TextSpace
    neighbours: Neighbours
    weights: Floats

    def scores(self, texts: Texts) -> Floats:
        """Near 1 where a label is sure, near 0 where it is not; a little outside is possible."""
        return self.scores_from(self.likeness(texts))

    def likeness(self, texts: Texts) -> Floats:
        """How alike each text is to each learnt one, in the order in which they were learnt."""
        return self.neighbours.likeness(self.space.vectors(texts))

    def scores_from(self, likeness: Floats) -> Floats:
        """The scores of texts whose likeness is known already."""
        return np.asarray(sharpened(likeness) @ self.weights, dtype=np.float32)

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


def sharpened(likeness: Floats) -> Floats:
    """What likeness counts for: very similar texts far more than vaguely similar ones."""
    return sharpen(likeness.copy())


def sharpen(likeness: Floats) -> Floats:
    """The same, written over `likeness`."""
    likeness -= 1
    likeness *= SHARPNESS
    return np.exp(likeness, out=likeness)
