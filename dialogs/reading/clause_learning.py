"""Learns which clause a message asks about, and how sure a reading must be before its clause is stated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dialogs.reading.belief import warmth_of
from dialogs.reading.clauses import SILENT_SECTION, ClauseModel
from dialogs.reading.learning import learn, learn_machines
from dialogs.reading.likeness import Texts
from dialogs.reading.logistic import Logistic, Numbers
from dialogs.reading.training import OUT_OF_SCOPE, PackTraining, Row

STATEMENT_COUNTS = 0.3
"""A clause's own words are not a customer's; they teach less than a question does."""
SILENT_KEPT = 0.92
"""Share of unseen questions on silent matters that must not be answered, whatever else."""


@dataclass(frozen=True)
class LearntClauses:
    """A model, its rows, and the signs of each as if it were unseen."""

    model: ClauseModel
    rows: tuple[Row, ...]
    texts: Texts
    unseen_signs: Numbers


def clause_rows(training: PackTraining, out_of_scope: Sequence[Row]) -> tuple[Row, ...]:
    """The questions to learn from: the pack's, its silent matters, and what no policy is about."""
    strangers = (Row(row.text, row.language, (OUT_OF_SCOPE,)) for row in out_of_scope)
    return (*training.questions, *training.silent, *strangers)


def learn_clauses(training: PackTraining, rows: Sequence[Row], texts: Texts) -> LearntClauses:
    """The model of `rows` (as `clause_rows` gives them); `texts` are theirs, then those of the clauses' statements."""
    labels = [row.label for row in rows] + [row.label for row in training.statements]
    weights = [1.0] * len(rows) + [STATEMENT_COUNTS] * len(training.statements)
    learnt = learn(texts, labels, weights)
    numbers = {name: index for index, name in enumerate(sorted(set(training.sections.values())), start=1)}
    row_sections = [numbers[training.sections[label]] if label in training.sections else 0 for label in labels]
    machines = learn_machines(learnt, labels[: len(rows)])
    draft = ClauseModel(
        learnt.classifier,
        machines,
        training.sections,
        np.array(row_sections, dtype=np.int32),
        Logistic(np.zeros(0), 0.0),
        0,
        1,
    )
    count = len(rows)
    asked = texts.take(range(count))
    unseen = draft.supported(learnt.unseen_scores[:count])
    best = draft.best_clauses(unseen)
    signs = draft.signs(asked, unseen, learnt.unseen_alike()[:count], best)
    right = draft.sections_of(best) == draft.row_sections[:count]
    sureness = Logistic.learn(signs, right)
    places = {label: index for index, label in enumerate(learnt.classifier.labels)}
    wanted = np.array([places[row.label] for row in rows])
    silent = draft.row_sections[:count] == SILENT_SECTION
    threshold = _threshold(sureness.logit(signs), silent)
    model = ClauseModel(
        learnt.classifier,
        machines,
        training.sections,
        draft.row_sections,
        sureness,
        threshold,
        warmth_of(unseen, wanted),
    )
    return LearntClauses(model, tuple(rows), asked, signs)


def _threshold(sure: Numbers, silent: NDArray[Any]) -> float:
    """The least sureness at which enough silent questions stay unanswered."""
    return float(np.quantile(sure[silent], SILENT_KEPT)) if silent.any() else 0.0
