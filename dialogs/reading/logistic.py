"""A probability from a handful of numbers: logistic regression with the numbers brought to one scale."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Logistic:
    """Weights per number, and the constant."""

    weights: Numbers
    constant: float

    @classmethod
    def learn(cls, numbers: NDArray[Any], true: NDArray[Any], importance: NDArray[Any] | None = None) -> "Logistic":
        """The probability that a row of `numbers` is `true`, for rows like these."""
        mean, spread = numbers.mean(axis=0), numbers.std(axis=0)
        spread = np.where(spread > 1e-9, spread, 1.0)
        from sklearn.linear_model import LogisticRegression  # takes long to import and only learning needs it

        learnt = LogisticRegression(C=0.3, max_iter=3000).fit((numbers - mean) / spread, true, sample_weight=importance)
        weights = np.asarray(learnt.coef_[0], dtype=np.float64) / spread
        return cls(weights, float(learnt.intercept_[0] - weights @ mean))

    def logit(self, numbers: NDArray[Any]) -> Numbers:
        """The logarithm of the odds, per row."""
        return np.asarray(numbers @ self.weights + self.constant, dtype=np.float64)

    def array(self) -> Numbers:
        """The state, for keeping."""
        return np.append(self.weights, self.constant)

    @classmethod
    def from_array(cls, kept: NDArray[Any]) -> "Logistic":
        """What `array` gave."""
        values = np.asarray(kept, dtype=np.float64)
        return cls(values[:-1], float(values[-1]))


def probability(logit: Numbers) -> Numbers:
    """From the logarithm of the odds to 0-1."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -40, 40))), dtype=np.float64)
