"""What is wanted: one model for all brands, and per brand the border between asking and wanting.

"Cancel my order" and "can a sale order be cancelled" share their words; what tells them apart is how alike the message
is to the pack's own questions. So the model knows only general messages, and a gate learnt with the brand's clause
model says how likely the message asks what the policy says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dialogs.reading.belief import shares_of
from dialogs.reading.classifier import LikenessClassifier
from dialogs.reading.likeness import Arrays, Floats, Texts
from dialogs.reading.logistic import Logistic, Numbers, probability
from dialogs.values.text import word_set

FIXED = (
    "policy_question", "start_refund", "refund_status", "cancel_order", "talk_to_human", "complaint", "greet", "thanks",
    "affirm", "deny", "provide_evidence", "change_detail", "opt_out", "out_of_scope",
)  # fmt: skip
"""The intents that `refund-desk ask` names."""

FINER_TO_FIXED: Mapping[str, str] = {
    "why_needed": "policy_question", "what_if": "policy_question", "new_request": "start_refund",
    "go_back": "change_detail", "skip": "change_detail", "start_over": "change_detail", "show_summary": "change_detail",
    "reason_gone": "change_detail", "dont_have": "deny", "stop_intake": "deny", "withdraw": "deny",
    "appeal": "complaint", "abuse": "complaint", "threat": "complaint", "bot_question": "out_of_scope",
    "privacy": "out_of_scope", "change_language": "out_of_scope", "wait": "out_of_scope", "help": "out_of_scope",
    "bye": "thanks",
}  # fmt: skip
"""What a finer intent counts as where only the fixed ones are named. `opt_in` has no parent: it undoes `opt_out`."""

ASKS = "policy_question"
_KEPT_BESIDE_A_QUESTION = 0.3
"""What the other intents share at least: who asks may want it too ("came broken, can i get a new one")."""
_QUESTION_WORDS = word_set(
    """
    what how when where why who which can could is are do does will kya kab kaise kese kitna kitne kitni kyu kon kaun
    kaha kahan kis kisko konsa
    """
)
_REQUEST_WORDS = word_set("i want need pleas chahi kar karo do dena de dijiye mujh my mera meri")
"""As `keys_of` spells them."""


def fixed_intents(intents: Sequence[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """The fixed intents, best first, each with the sum of its own score and those of its finer ones, at most 1."""
    sums: dict[str, float] = {}
    for name, score in intents:
        parent = FINER_TO_FIXED.get(name, name)
        if parent in FIXED:
            sums[parent] = min(1.0, sums.get(parent, 0.0) + score)
    return tuple(sorted(sums.items(), key=lambda pair: -pair[1]))


@dataclass(frozen=True)
class IntentModel:
    """Scores for all intents, finer ones included, from general messages alone."""

    classifier: LikenessClassifier
    warmth: float

    def scores(self, texts: Texts) -> Floats:
        """One row per text, one column per intent."""
        return self.classifier.scores(texts)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The state, for keeping."""
        return {**self.classifier.arrays(), "warmth": np.array([self.warmth])}

    @classmethod
    def from_arrays(cls, kept: Arrays) -> "IntentModel":
        """What `arrays` gave."""
        return cls(LikenessClassifier.from_arrays(kept), float(kept["warmth"][0]))


@dataclass(frozen=True)
class IntentReader:
    """The intent model with one brand's border between asking what the policy says and everything else."""

    model: IntentModel
    gate: Logistic

    def read(self, texts: Texts, signs: Numbers) -> list[tuple[tuple[str, float], ...]]:
        """Per text (intent, share of the belief), best first; `signs` are those of the clause readings."""
        if not len(texts):
            return []
        scores = self.model.scores(texts)
        asking = probability(self.gate.logit(gate_signs(self.model.classifier.labels, texts, scores, signs)))
        shares = shares_of(scores, self.model.warmth)
        shares[:, self._asks] = 0
        left = np.maximum(1 - asking, _KEPT_BESIDE_A_QUESTION)
        shares *= (left / shares.sum(axis=1))[:, None]
        shares[:, self._asks] = asking
        labels = self.model.classifier.labels
        found = []
        for row in shares:
            order = np.argsort(-row, kind="stable")
            found.append(tuple((labels[i], round(float(row[i]), 4)) for i in order if row[i] >= 0.005))
        return found

    @cached_property
    def _asks(self) -> int:
        return self.model.classifier.labels.index(ASKS)


def gate_signs(labels: Sequence[str], texts: Texts, scores: Floats, signs: Numbers) -> Numbers:
    """What the gate judges by, one row per text; `signs` are those of the clause readings."""
    parents = [FINER_TO_FIXED.get(label, label) for label in labels]
    groups = [*FIXED, "opt_in"]
    best = np.stack(
        [scores[:, [i for i, parent in enumerate(parents) if parent == group]].max(axis=1) for group in groups], axis=1
    )
    asks = scores[:, labels.index(ASKS)]
    others = np.sort(np.delete(best, groups.index(ASKS), axis=1), axis=1)
    shape = np.array(
        [
            (
                "?" in own,
                any(word in _QUESTION_WORDS for word in own),
                bool(own) and own[0] in _QUESTION_WORDS,
                any(word in _REQUEST_WORDS for word in own),
                "#ID" in own,
                len(own) <= 3,
            )
            for own in texts.words
        ],
        dtype=np.float64,
    )
    rival = others[:, -1:]
    return np.concatenate(
        [signs, best, asks[:, None], rival, rival - asks[:, None], rival - others[:, -2:-1], shape], axis=1
    ).astype(np.float64)
