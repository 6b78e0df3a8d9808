"""How alike two texts are: their features as weighed, hashed vectors, and the likeness of one text to many.

Each family of features is weighed by rarity (TF-IDF) and brought to length one of its own, so that the likeness of
two texts is a weighted mean of three cosines, from 0 to 1. Hashing needs no vocabulary in memory and is the same in
every process.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

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
_WIDTH = int(_STARTS[-1])
_WEIGHTS = np.array([weight for _, _, weight in _FAMILIES], dtype=np.float32)


@dataclass(frozen=True)
class TextSpace:
    """The rarity of every feature among the texts it was made from."""

    rarity: Floats

    @classmethod
    def of(cls, texts: Sequence[Features]) -> "TextSpace":
        """The space of `texts`."""
        places, _, _ = _counted(texts)
        seen = np.bincount(places, minlength=_WIDTH)
        return cls((np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32))

    def vectors(self, texts: Sequence[Features]) -> sparse.csr_matrix:
        """One row per text."""
        places, counts, borders = _counted(texts)
        weighed = (1 + np.log(counts)) * self.rarity[places]
        rows = np.repeat(np.arange(len(texts)), np.diff(borders))
        families = np.searchsorted(_STARTS, places, side="right") - 1
        cell = rows * len(_FAMILIES) + families
        lengths = np.sqrt(np.bincount(cell, weights=weighed**2, minlength=len(texts) * len(_FAMILIES)))
        data = (weighed * np.sqrt(_WEIGHTS[families]) / lengths[cell]).astype(np.float32)
        return sparse.csr_matrix((data, places, borders), shape=(len(texts), _WIDTH))


@dataclass(frozen=True)
class Neighbours:
    """The vectors of many texts, laid out so that one text is compared with all of them at once."""

    by_feature: sparse.csr_matrix

    @classmethod
    def of(cls, vectors: sparse.csr_matrix) -> "Neighbours":
        """The neighbours whose vectors are the rows of `vectors`."""
        return cls(vectors.T.tocsr())

    def likeness(self, vectors: sparse.csr_matrix) -> Floats:
        """One row per text of `vectors`, one column per neighbour: 0 where nothing is shared, 1 for the same text."""
        return np.asarray((vectors @ self.by_feature).toarray(), dtype=np.float32)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The state, for keeping."""
        matrix = self.by_feature
        return {
            "data": matrix.data,
            "indices": matrix.indices.astype(np.int32),
            "indptr": matrix.indptr.astype(np.int32),
            "texts": np.array(matrix.shape[1]),
        }

    @classmethod
    def from_arrays(cls, kept: Arrays) -> "Neighbours":
        """What `arrays` gave."""
        shape = (_WIDTH, int(kept["texts"]))
        return cls(sparse.csr_matrix((kept["data"], kept["indices"], kept["indptr"]), shape=shape))


def _counted(texts: Sequence[Features]) -> tuple[NDArray[np.int32], Floats, NDArray[np.int32]]:
    """The hash places of each text's features, how often each stands there, and where each text begins."""
    places: list[int] = []
    counts: list[int] = []
    borders = [0]
    for text in texts:
        for (name, size, _), start in zip(_FAMILIES, _STARTS.tolist(), strict=False):
            # A checksum is the same in every process, as Python's own hash of a text is not.
            found = Counter(start + crc32(feature.encode()) % size for feature in getattr(text, name))
            places += found.keys()
            counts += found.values()
        borders.append(len(places))
    return (
        np.array(places, dtype=np.int32),
        np.array(counts, dtype=np.float32),
        np.array(borders, dtype=np.int32),
    )
