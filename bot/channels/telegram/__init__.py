"""Telegram by the Bot API: updates read (`updates`), messages sent (`channel`), bots set up (`setup`), polling.

python-telegram-bot speaks the protocol; the conversation is not its business. Every brand has a bot of its own, whose
id is the account of its conversations.
"""
