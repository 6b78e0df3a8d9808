"""Learns the intents, and per brand the border between asking what the policy says and everything else."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dialogs.reading.belief import warmth_of
from dialogs.reading.clause_learning import LearntClauses
from dialogs.reading.intents import ASKS, IntentModel, gate_signs
from dialogs.reading.learning import learn
from dialogs.reading.likeness import Floats, Texts
from dialogs.reading.logistic import Logistic
from dialogs.reading.training import OUT_OF_SCOPE, SILENT, Row

_ASKING_COUNTS = 0.25
"""Weight of the packs' questions against that of all other messages, where the border between them is learnt."""


@dataclass(frozen=True)
class LearntIntents:
    """An intent model, and the scores of its own rows as if each were unseen."""

    model: IntentModel
    rows: tuple[Row, ...]
    unseen_scores: Floats


def learn_intents(rows: Sequence[Row], texts: Texts) -> LearntIntents:
    """The model of `rows` with their texts."""
    learnt = learn(texts, [row.label for row in rows])
    places = {label: index for index, label in enumerate(learnt.classifier.labels)}
    warmth = warmth_of(learnt.unseen_scores, np.array([places[row.label] for row in rows]))
    return LearntIntents(IntentModel(learnt.classifier, warmth), tuple(rows), learnt.unseen_scores)


def learn_gate(intents: LearntIntents, messages: Texts, clauses: LearntClauses) -> Logistic:
    """How likely a message asks what this brand's policy says: its questions against the general messages.

    `messages` are the texts of the rows of `intents`.
    """
    labels = intents.model.classifier.labels
    asked = [i for i, row in enumerate(clauses.rows) if not row.label.startswith(SILENT)]
    strangers = [i for i, row in enumerate(clauses.rows) if row.label == OUT_OF_SCOPE]
    elsewhere = [i for i, row in enumerate(intents.rows) if row.label == "out_of_scope"]
    general = [i for i, row in enumerate(intents.rows) if row.label != "out_of_scope"][::2]
    asked_texts = clauses.texts.take(asked)
    general_texts = messages.take(general)
    stranger_texts = clauses.texts.take(strangers)
    numbers = np.concatenate(
        [
            gate_signs(labels, asked_texts, intents.model.scores(asked_texts), clauses.unseen_signs[asked]),
            gate_signs(labels, general_texts, intents.unseen_scores[general], clauses.model.signs_of(general_texts)),
            gate_signs(labels, stranger_texts, intents.unseen_scores[elsewhere], clauses.unseen_signs[strangers]),
        ]
    )
    asks = np.array([True] * len(asked) + [intents.rows[i].label == ASKS for i in general] + [False] * len(strangers))
    importance = np.where(asks, _ASKING_COUNTS / asks.sum(), 1 / (~asks).sum()) * len(asks)
    return Logistic.learn(numbers, asks, importance)
