"""How alike two texts are: their features as weighed, hashed vectors, and the likeness of one text to many.

Each family of features is weighed by rarity (TF-IDF) and brought to length one of its own, so that the likeness of
two texts is a weighted mean of three cosines, from 0 to 1. Hashing needs no vocabulary in memory and is the same in
every process. Everything here is plain numpy: importing a library of sparse matrices takes longer than reading does.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from dialogs.reading.features import Features

Floats = NDArray[np.float32]
Arrays = Mapping[str, NDArray[Any]]

_FAMILIES: tuple[tuple[str, int, float], ...] = (
    ("words", 2**16, 0.35),
    ("concepts", 2**14, 0.30),
    ("pieces", 2**16, 0.35),
)
"""Name, number of hash places, weight in the likeness."""
_STARTS = np.cumsum([0, *(places for _, places, _ in _FAMILIES)])
WIDTH = int(_STARTS[-1])
_WEIGHTS = np.array([weight for _, _, weight in _FAMILIES], dtype=np.float32)
_COMMON_FROM = 1 / 16
"""Share of the texts from which a feature is common: most of the work is theirs, and a dense matrix does it quicker."""
_MANY = 16
"""Texts from which on one product with all common features is quicker than one for each text with its own."""
_AT_ONCE = 512
"""Texts compared in one go; more would only need more memory."""


@dataclass(frozen=True)
class Texts:
    """Texts as they are compared: the words of each, and how often each hash place stands in it.

    Text `i` has the places `places[borders[i] : borders[i + 1]]`, each as often as `counts` says.
    """

    words: tuple[tuple[str, ...], ...]
    places: NDArray[np.int32]
    counts: Floats
    borders: NDArray[np.int64]

    @classmethod
    def of(cls, features: Iterable[Features]) -> "Texts":
        """The texts with these features."""
        words: list[tuple[str, ...]] = []
        places: list[int] = []
        counts: list[int] = []
        borders = [0]
        for text in features:
            words.append(tuple(word for word in text.words if " " not in word))
            for (name, size, _), start in zip(_FAMILIES, _STARTS.tolist(), strict=False):
                # A checksum is the same in every process, as Python's own hash of a text is not.
                found = Counter([start + crc32(feature.encode()) % size for feature in getattr(text, name)])
                places += found.keys()
                counts += found.values()
            borders.append(len(places))
        return cls(
            tuple(words),
            np.array(places, dtype=np.int32),
            np.array(counts, dtype=np.float32),
            np.array(borders, dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.words)

    def take(self, rows: Sequence[int]) -> "Texts":
        """Some of the texts, in the order of `rows`."""
        chosen = np.array(rows, dtype=np.int64)
        where, borders = _runs(self.borders[chosen], self.borders[chosen + 1])
        return Texts(tuple(self.words[row] for row in rows), self.places[where], self.counts[where], borders)


@dataclass(frozen=True)
class Vectors:
    """Weighed features of many texts, laid out like the counts of `Texts`."""

    places: NDArray[np.int32]
    weights: Floats
    borders: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.borders) - 1


@dataclass(frozen=True)
class TextSpace:
    """The rarity of every feature among the texts it was made from."""

    rarity: Floats

    @classmethod
    def of(cls, texts: Texts) -> "TextSpace":
        """The space of `texts`."""
        seen = np.bincount(texts.places, minlength=WIDTH)
        return cls((np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32))

    def vectors(self, texts: Texts) -> Vectors:
        """The weighed features of `texts`."""
        weighed = (1 + np.log(texts.counts)) * self.rarity[texts.places]
        rows = np.repeat(np.arange(len(texts)), np.diff(texts.borders))
        families = np.searchsorted(_STARTS, texts.places, side="right") - 1
        cell = rows * len(_FAMILIES) + families
        lengths = np.sqrt(np.bincount(cell, weights=weighed**2, minlength=len(texts) * len(_FAMILIES)))
        weights = (weighed * np.sqrt(_WEIGHTS[families]) / lengths[cell]).astype(np.float32)
        return Vectors(texts.places, weights, texts.borders)


@dataclass(frozen=True)
class Neighbours:
    """The vectors of many texts, laid out so that one text is compared with all of them at once.

    Common features are the rows of a dense matrix, named by `common` (-1 where a feature is rare); of a rare feature
    `at` are the texts that have it and `weights` its weight there, from `starts` of its place to that of the next.
    """

    dense: Floats
    common: NDArray[np.int32]
    at: NDArray[np.int32]
    weights: Floats
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, vectors: Vectors) -> "Neighbours":
        """The neighbours whose vectors are given."""
        count = len(vectors)
        seen = np.bincount(vectors.places, minlength=WIDTH)
        common = np.flatnonzero(seen > count * _COMMON_FROM)
        row_of = _row_of(common)
        texts = np.repeat(np.arange(count, dtype=np.int32), np.diff(vectors.borders))
        is_common = row_of[vectors.places] >= 0
        dense = np.zeros((len(common), count), dtype=np.float32)
        dense[row_of[vectors.places[is_common]], texts[is_common]] = vectors.weights[is_common]
        rare = vectors.places[~is_common]
        order = np.argsort(rare, kind="stable")
        seen[common] = 0
        starts = np.concatenate([[0], np.cumsum(seen)])
        return cls(dense, row_of, texts[~is_common][order], vectors.weights[~is_common][order], starts)

    @property
    def count(self) -> int:
        """How many texts there are."""
        return int(self.dense.shape[1])

    def likeness(self, vectors: Vectors) -> Floats:
        """One row per text of `vectors`, one column per neighbour: 0 where nothing is shared, 1 for the same text."""
        found = np.empty((len(vectors), self.count), dtype=np.float32)
        for first in range(0, len(vectors), _AT_ONCE):
            self._compare(vectors, first, found[first : first + _AT_ONCE])
        return found

    def _compare(self, vectors: Vectors, first: int, found: Floats) -> None:
        """Writes the likeness of the texts from `first` on into `found`."""
        borders = vectors.borders[first : first + len(found) + 1]
        part = slice(int(borders[0]), int(borders[-1]))
        places, weights = vectors.places[part], vectors.weights[part]
        rows = self.common[places]
        if len(found) >= _MANY:
            texts = np.repeat(np.arange(len(found)), np.diff(borders))
            told = np.zeros((len(found), len(self.dense)), dtype=np.float32)
            told[texts[rows >= 0], rows[rows >= 0]] = weights[rows >= 0]
            np.matmul(told, self.dense, out=found)
        for text, (start, end) in enumerate(pairwise((borders - borders[0]).tolist())):
            own, own_weights, own_rows = places[start:end], weights[start:end], rows[start:end]
            if len(found) < _MANY:
                is_common = own_rows >= 0
                np.matmul(own_weights[is_common], self.dense[own_rows[is_common]], out=found[text])
            starts, ends = self.starts[own], self.starts[own + 1]
            where, _ = _runs(starts, ends)
            shared = self.weights[where] * np.repeat(own_weights, ends - starts)
            found[text] += np.bincount(self.at[where], shared, self.count)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The state, for keeping: the dense matrix as its rows' weights where there are any."""
        rows, texts = np.nonzero(self.dense)
        return {
            "common": np.flatnonzero(self.common >= 0).astype(np.int32),
            "dense_rows": rows.astype(np.uint16),
            "dense_texts": texts.astype(np.int32),
            "dense_weights": self.dense[rows, texts],
            "at": self.at,
            "weights": self.weights,
            "starts": self.starts.astype(np.int32),
            "texts": np.array(self.count),
        }

    @classmethod
    def from_arrays(cls, kept: Arrays) -> "Neighbours":
        """What `arrays` gave."""
        dense = np.zeros((len(kept["common"]), int(kept["texts"])), dtype=np.float32)
        dense[kept["dense_rows"], kept["dense_texts"]] = kept["dense_weights"]
        return cls(dense, _row_of(kept["common"]), kept["at"], kept["weights"], kept["starts"])


def _row_of(common: NDArray[Any]) -> NDArray[np.int32]:
    """For every hash place its row in the dense matrix, -1 where it has none."""
    rows = np.full(WIDTH, -1, dtype=np.int32)
    rows[common] = np.arange(len(common), dtype=np.int32)
    return rows


def _runs(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The numbers from each start up to its end, one run after the other, and where each run begins among them."""
    sizes = ends - starts
    borders = np.concatenate([[0], np.cumsum(sizes)])
    return np.repeat(starts - borders[:-1], sizes) + np.arange(int(borders[-1])), borders
