"""The conversation: reading a message, answering from clauses, taking a request, the next thing to say.

Everything here is pure: `step(talk, heard, pack, records, now)` gives a `Turn` as data; models are built by the shell
and passed in. Only `policies` is imported, never `bot`.
"""
