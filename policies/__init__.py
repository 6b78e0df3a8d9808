"""The policy: clauses, facts, rules, decisions, amounts and calendars of one company, as values.

Everything here is pure: files are read by `bot`, `now` and the facts are arguments; nothing of `dialogs` or `bot`
is imported. `packs/` holds the data of the companies; `load_pack` turns it into a `Pack`; `decide` judges
a claim by it.
"""
