"""Phone numbers: Indian unless a country code says otherwise, given in E.164."""

import phonenumbers

from dialogs.values.digit_runs import DigitRun

_SHORTEST, _LONGEST = 10, 15


def as_phone(run: DigitRun) -> str | None:
    """The number in E.164, or None. Without a prefix only ten digits that begin with 6 to 9 are taken for a phone."""
    digits = run.digits
    if not _SHORTEST <= len(digits) <= _LONGEST:
        return None
    if run.plus or (len(digits) == 12 and digits.startswith("91") and digits[2] in "6789"):
        typed = f"+{digits}"
    elif (len(digits) == 10 and digits[0] in "6789") or (len(digits) == 11 and digits[0] == "0"):
        typed = digits
    elif digits.startswith("0091") and len(digits) == 14:
        typed = f"+{digits[2:]}"
    else:
        return None
    try:
        number = phonenumbers.parse(typed, "IN")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
