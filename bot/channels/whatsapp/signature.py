"""Whether a webhook call is Twilio's: its signature over our public address and the form as it came."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from starlette.datastructures import FormData, UploadFile
from twilio.request_validator import RequestValidator, get_signature_algorithm

_KNOWN = frozenset({"HMAC_SHA1", "HMAC_SHA256"})


def is_signed(
    tokens: Sequence[str], address: str, form: Sequence[tuple[str, str]], signature: str, settings: str = ""
) -> bool:
    """Whether one of `tokens` signed `form` for `address`; `settings` is the header that names the algorithm.

    The address as it stands is tried first. Twilio's own check, which tries it with and without a port and compares
    slowly, is left for what is wrong at first sight.
    """
    algorithm = get_signature_algorithm(settings).upper()
    if not signature.isascii() or algorithm not in _KNOWN:
        return False
    fields = FormData(list[tuple[str, str | UploadFile]](form))
    for token in tokens:
        validator = RequestValidator(token)
        made = validator.compute_signature(address, fields, algorithm)
        if hmac.compare_digest(made, signature) or validator.validate(address, fields, signature, algorithm):
            return True
    return False
