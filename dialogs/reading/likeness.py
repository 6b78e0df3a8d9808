"""How alike two texts are: their features as weighed, hashed vectors, and the likeness of one text to many.

Each family of features is weighed by rarity (TF-IDF) and brought to length one of its own, so that the likeness of
two texts is a weighted mean of three cosines, from 0 to 1. Hashing needs no vocabulary in memory and is the same in
every process.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction import FeatureHasher

from dialogs.reading.features import Features

Floats = NDArray[np.float32]
Arrays = Mapping[str, NDArray[Any]]

_FAMILIES: tuple[tuple[str, int, float], ...] = (
    ("words", 2**16, 0.35),
    ("concepts", 2**14, 0.30),
    ("pieces", 2**16, 0.35),
)
"""Name, number of hash places, weight in the likeness."""
_WIDTH = sum(places for _, places, _ in _FAMILIES)


@dataclass(frozen=True)
class TextSpace:
    """The rarity of every feature among the texts it was made from."""

    rarity: Floats

    @classmethod
    def of(cls, texts: Sequence[Features]) -> "TextSpace":
        """The space of `texts`."""
        seen = np.concatenate([np.bincount(_counted(texts, i).indices, minlength=_FAMILIES[i][1]) for i in range(3)])
        return cls((np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32))

    def vectors(self, texts: Sequence[Features]) -> sparse.csr_matrix:
        """One row per text."""
        blocks, start = [], 0
        for index, (_, places, weight) in enumerate(_FAMILIES):
            block = _counted(texts, index)
            block.data = (1 + np.log(block.data)) * self.rarity[start + block.indices]
            lengths = np.sqrt(np.add.reduceat(np.append(block.data**2, 0), block.indptr[:-1]))
            lengths[np.diff(block.indptr) == 0] = 1
            block.data = (block.data * np.repeat(np.sqrt(weight) / lengths, np.diff(block.indptr))).astype(np.float32)
            blocks.append(block)
            start += places
        return sparse.hstack(blocks, format="csr", dtype=np.float32)


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


def _counted(texts: Sequence[Features], family: int) -> sparse.csr_matrix:
    """How often each feature of one family stands in each text."""
    name, places, _ = _FAMILIES[family]
    hasher = FeatureHasher(places, input_type="string", alternate_sign=False, dtype=np.float32)
    return hasher.transform(getattr(text, name) for text in texts)
