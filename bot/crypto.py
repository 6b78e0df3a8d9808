"""Encryption of what customers typed until the turn has masked it, and of passwords and tokens of agents.

Keys are derived from the settings' secrets, one per purpose; the first encrypts, all decrypt, so that they can be
rotated: put the new one in front, drop the old one when nothing unread is left.
"""

import base64
import hashlib
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Unreadable(ValueError):
    """What was encrypted under a key that is no longer given."""


class Cipher:
    """Encrypts and decrypts short texts for one purpose."""

    def __init__(self, keys: tuple[str, ...], purpose: str) -> None:
        self._fernet = MultiFernet([Fernet(_derive(key, purpose)) for key in keys])

    def encrypt(self, text: str) -> str:
        """`text` encrypted, as ASCII; empty stays empty."""
        return self._fernet.encrypt(text.encode()).decode("ascii") if text else ""

    def decrypt(self, token: str) -> str:
        """The text again. Raises `Unreadable`."""
        if not token:
            return ""
        try:
            return self._fernet.decrypt(token.encode("ascii")).decode()
        except InvalidToken:
            raise Unreadable("encrypted under another SECRET_KEY") from None


def _derive(key: str, purpose: str) -> bytes:
    material = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"refund-desk:{purpose}".encode())
    return base64.urlsafe_b64encode(material.derive(key.encode()))


_PASSWORDS = PasswordHasher()


@cache
def nobody_hash() -> str:
    """Checked where no agent of a name exists, so that the time taken does not tell which names there are.

    Made once in a process, which takes as long as a check does: a service makes it when it has started.
    """
    return _PASSWORDS.hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """The argon2 hash of `password`."""
    return _PASSWORDS.hash(password)


def is_password(password: str, stored: str | None) -> bool:
    """Whether `password` is the one of `stored`; always False, and as slow, for None."""
    try:
        return _PASSWORDS.verify(stored or nobody_hash(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def new_token() -> str:
    """A fresh token for a signed-in browser."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
