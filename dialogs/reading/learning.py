"""Learns the classifiers; only what builds models imports this.

Ridge regression is solved exactly (no seeds, no iterations), and tells without learning again what it would have said
of a text it had not seen. The matrices of likeness are the largest things in memory, so each is made when the one
before it is no longer needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from scipy.sparse.csgraph import connected_components
from sklearn.svm import LinearSVC

from dialogs.reading.classifier import LikenessClassifier, Machines, sharpen
from dialogs.reading.likeness import WIDTH, Floats, Neighbours, Texts, TextSpace, Vectors

SMOOTHING = 0.25
"""How little one single text may say."""
NEAR_DUPLICATE = 0.75
"""Texts more alike than this are the same question; they are left out together when a text counts as unseen."""
_FOLDS = 10
_JITTER = 1e-3
"""Keeps near duplicates from making the machines' weights over texts ambiguous."""
_NEVER_MET = -2.0


@dataclass(frozen=True)
class Learnt:
    """A classifier with what it says of its own texts as if each were unseen.

    `alike` compares its texts with each other; texts of one number in `groups` are the same question.
    """

    classifier: LikenessClassifier
    vectors: Vectors
    alike: Floats
    groups: NDArray[Any]
    unseen_scores: Floats

    def unseen_alike(self) -> Floats:
        """`alike`, as if a text had never met itself nor its near duplicates."""
        apart = self.alike.copy()
        for group in np.flatnonzero(np.bincount(self.groups) > 1):
            members = np.flatnonzero(self.groups == group)
            apart[np.ix_(members, members)] = 0
        np.fill_diagonal(apart, 0)
        return apart


def learn(texts: Texts, labels: Sequence[str], weights: Sequence[float] | None = None) -> Learnt:
    """The classifier for `texts` with their `labels`; `weights` below 1 make a text count less."""
    space = TextSpace.of(texts)
    vectors = space.vectors(texts)
    neighbours = Neighbours.of(vectors)
    alike = neighbours.likeness(vectors)
    names = tuple(sorted(set(labels)))
    place = {name: index for index, name in enumerate(names)}
    wanted = np.zeros((len(texts), len(names)), dtype=np.float32)
    wanted[np.arange(len(texts)), [place[label] for label in labels]] = 1
    groups = connected_components(sparse.csr_matrix(alike > NEAR_DUPLICATE))[1]
    smoothing = SMOOTHING / np.asarray(weights or np.ones(len(texts)), dtype=np.float32)
    solved, unseen = _solve(alike, smoothing, wanted, _folds(groups))
    return Learnt(LikenessClassifier(names, space, neighbours, solved), vectors, alike, groups, unseen)


def learn_machines(learnt: Learnt, labels: Sequence[str]) -> Machines:
    """The machines of the first texts of `learnt`, whose labels are `labels`; a label without texts is never met."""
    count = len(labels)
    narrow = matrix_of(learnt.vectors)[:count]
    narrow = narrow[:, np.unique(narrow.indices)]
    machine = LinearSVC(C=1.0, tol=0.1, random_state=0).fit(narrow, list(labels))
    margins = np.asarray(narrow @ machine.coef_.T, dtype=np.float32)
    kernel = learnt.alike[:count, :count].copy().T
    kernel[np.diag_indices_from(kernel)] += _JITTER
    solved = linalg.cho_solve(linalg.cho_factor(kernel, lower=True, overwrite_a=True), margins)
    names = learnt.classifier.labels
    weights = np.zeros((count, len(names)), dtype=np.float32)
    offsets = np.full(len(names), _NEVER_MET, dtype=np.float32)
    columns = [names.index(name) for name in machine.classes_]
    weights[:, columns] = solved
    offsets[columns] = machine.intercept_
    return Machines(weights, offsets)


def matrix_of(vectors: Vectors) -> sparse.csr_matrix:
    """The vectors as a matrix with one row per text, as scipy and scikit-learn want them."""
    return sparse.csr_matrix((vectors.weights, vectors.places, vectors.borders), shape=(len(vectors), WIDTH))


def _folds(groups: NDArray[Any]) -> list[NDArray[Any]]:
    """The texts in tenths, each with all of its near duplicates; by the same chance every time."""
    order = np.random.RandomState(0).permutation(groups.max() + 1)
    folds = (order % _FOLDS)[groups]
    return [members for fold in range(_FOLDS) if len(members := np.flatnonzero(folds == fold))]


def _solve(alike: Floats, smoothing: Floats, wanted: Floats, folds: Sequence[NDArray[Any]]) -> tuple[Floats, Floats]:
    """The weights of the regression, and the scores of each text by the one learnt without its fold (both exactly).

    Matrices of likeness are symmetric: turned round they are the same, and lie in memory as LAPACK wants them.
    What a fold would have got follows from the fold's block of the inverse. With the texts in the order of the folds
    the factor's inverse, a triangle, gives those blocks for far less than the whole inverse costs.
    """
    order = np.concatenate(folds)
    kernel = alike[np.ix_(order, order)].T
    sharpen(kernel)
    kernel[np.diag_indices_from(kernel)] += smoothing[order]
    factor, failed = linalg.lapack.spotrf(kernel, lower=True, clean=True, overwrite_a=True)
    if failed:
        raise ValueError("the texts cannot be learnt from: their likeness matrix is singular")
    solved = np.empty_like(wanted)
    solved[order] = linalg.cho_solve((factor, True), wanted[order])
    triangle, failed = linalg.lapack.strtri(factor, lower=True, overwrite_c=True)
    if failed:
        raise ValueError("the texts cannot be learnt from: their likeness matrix is singular")
    unseen = np.zeros_like(wanted)
    start = 0
    for members in folds:
        end = start + len(members)
        columns = triangle[start:, start:end]
        unseen[members] = wanted[members] - np.linalg.solve(columns.T @ columns, solved[members])
        start = end
    return solved, unseen
