"""Words for days, months, weekdays and parts of the day, in English, Roman Hindi and Devanagari."""

from dataclasses import dataclass

_MONTHS = """
1 jan january janury januray janvari janwari january's जनवरी
2 feb february feburary febuary farvari farwari फरवरी फ़रवरी
3 mar march marach मार्च
4 apr april aprl aprail अप्रैल
5 may mai मई
6 jun june joon जून
7 jul july julai जुलाई
8 aug august agast अगस्त
9 sep sept september septembar सितंबर सितम्बर
10 oct october octuber aktubar अक्टूबर अक्तूबर
11 nov november navambar नवंबर नवम्बर
12 dec december disambar दिसंबर दिसम्बर
"""

_WEEKDAYS = """
0 monday somvar somwar सोमवार
1 tuesday mangalwar mangalvar mangal मंगलवार
2 wednesday wednsday budhwar budhvar बुधवार
3 thursday thrusday guruvar guruwar veervar brihaspativar गुरुवार बृहस्पतिवार वीरवार
4 friday shukrawar shukravar शुक्रवार
5 saturday satuday shanivar shaniwar शनिवार
6 sunday ravivar raviwar itwar itvar रविवार इतवार
"""

_SHORT_WEEKDAYS = "0 mon\n1 tue tues\n2 wed\n3 thu thur thurs\n4 fri\n5 sat\n6 sun"
"""Read only behind "last", "on" and the like, since "sun", "sat" and "wed" are words of their own."""

_DAY_WORDS = """
0 today tody 2day aaj aj आज
-1 yesterday yestarday yesterdy ystrday ystrdy yestrday yest beeta_kal beete_kal bita_kal
1 tomorrow tomorow tommorow tommorrow tmrw tmr tomm aane_wale_kal
-2 day_before_yesterday
2 day_after_tomorrow
"""


def _table(lines: str) -> dict[str, int]:
    rows = (line.split() for line in lines.split("\n") if line)
    return {word.replace("_", " "): int(value) for value, *words in rows for word in words}


MONTHS = _table(_MONTHS)
WEEKDAYS = _table(_WEEKDAYS)
SHORT_WEEKDAYS = _table(_SHORT_WEEKDAYS)
DAY_WORDS = _table(_DAY_WORDS)
"""Day words of one meaning, as days from today."""

EITHER_WAY = {
    "kal": 1, "कल": 1, "parso": 2, "parson": 2, "parsun": 2, "परसों": 2, "परसो": 2, "narso": 3, "narson": 3,
    "tarso": 3, "tarson": 3, "नरसों": 3, "तरसों": 3,
}  # fmt: skip
"""Hindi day words that mean as many days ago or ahead: kal is yesterday and tomorrow."""

DOUBTFUL_MONTHS = frozenset({"may", "mai", "mar"})
"""Month words that are words of their own; they count only behind a day of the month, or "may" right before one."""


@dataclass(frozen=True)
class PartOfDay:
    """A part of the day: the hour it stands for, the hour it begins, and how it moves a clock hour of 1-12."""

    hour: int
    begins: int
    name: str


MORNING = PartOfDay(9, 4, "morning")
AFTERNOON = PartOfDay(14, 12, "afternoon")
EVENING = PartOfDay(18, 16, "evening")
NIGHT = PartOfDay(21, 19, "night")

PARTS_OF_DAY = {
    word: part
    for part, words in (
        (MORNING, "subah subha subeh savere sawere morning mrng mornin सुबह सवेरे"),
        (AFTERNOON, "dopahar dopehar dupahar dophar afternoon aftrnoon noon दोपहर"),
        (EVENING, "sham shaam evening evng eve शाम"),
        (NIGHT, "raat rat rath night nite रात"),
    )
    for word in words.split()
}


def clock_hour(hour: int, part: PartOfDay) -> tuple[int, bool]:
    """The hour of 24 for a clock hour said with a part of the day, and whether it falls on the next morning.

    "Raat 10 baje" is 22 of that day, "raat 2 baje" 2 of the next, "raat 12 baje" midnight at its end.
    """
    if hour > 12:
        return hour % 24, False
    if part is MORNING:
        return hour % 12 if hour == 12 else hour, False
    if part is NIGHT:
        if hour == 12 or hour <= 5:
            return hour % 12, True
        return hour + 12, False
    return 12 if hour == 12 else hour + 12, False
