"""A request that was filed on WhatsApp goes on in another chat, after a code and a yes, and in no other way."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from whatsapp_world import ASHA, BRAND, RAVI, Company

from bot.tables import AUDIT, CASE, CONVERSATION, IDENTITY, LINK_CODE, MESSAGE
from dialogs.linking import code_in


class OtherChat:
    """A second chat, in the simulator; it stands for any channel that is not WhatsApp."""

    def __init__(self, company: Company, who: str = "8123456789") -> None:
        self.company = company
        self.simulator = company.engine.simulator
        self.id = self.simulator.open(BRAND, who)

    def says(self, text: str) -> str:
        """What is answered, with the labels of the buttons behind it."""
        self.simulator.say(self.id, text)
        return self._answer()

    def taps(self, payload: str) -> str:
        self.simulator.tap(self.id, payload, payload)
        return self._answer()

    def _answer(self) -> str:
        self.company.engine.settle()
        last = self.simulator.messages(self.id)[-1]
        assert last.author == "bot"
        return last.text

    @property
    def customer(self) -> str:
        return next(row.customer_id for row in self.company.conversations if row.id == self.id)


@pytest.fixture
def ref(company: Company) -> str:
    """Asha's case, filed on WhatsApp."""
    return company.files()


def code_sent(company: Company) -> str:
    """The newest code that reached Asha on WhatsApp."""
    company.engine.settle()
    [code] = re.findall(r"\b\d{6}\b", company.twilio.sent[-1].body)
    assert company.twilio.sent[-1].to == ASHA
    return str(code)


def owner_of(company: Company, ref: str) -> Any:
    return next(row.customer_id for row in company.rows(CASE) if row.ref == ref)


def test_with_the_code_and_a_yes_the_request_goes_on_in_the_other_chat(company: Company, ref: str) -> None:
    other = OtherChat(company)
    before = other.customer
    assert f"anything about {ref} in this chat" in other.says(f"where is my refund {ref}")
    assert "code with six digits" in other.taps(f"link:{ref}")
    code = code_sent(company)
    assert f"code to go on in another chat with your request {ref}" in company.twilio.sent[-1].body
    assert "Shall I join" in other.says(code)
    assert other.customer == before, "nothing is joined before the yes"
    assert "both chats are yours" in other.says("yes")
    assert ref in other.says("where is my refund")
    assert len({row.customer_id for row in company.rows(IDENTITY)}) == 1
    assert len({row.customer_id for row in company.rows(CONVERSATION)}) == 1
    [joined] = [row for row in company.rows(AUDIT) if row.what == "chats joined"]
    assert (joined.ref, joined.conversation_id, joined.data["was"]) == (ref, other.id, before)


def test_a_no_joins_nothing(company: Company, ref: str) -> None:
    other = OtherChat(company)
    other.says(ref)
    other.says("yes")
    other.says(code_sent(company))
    assert "nothing was joined" in other.says("no")
    assert other.customer != owner_of(company, ref)
    assert f"anything about {ref}" in other.says(ref)


def test_requests_of_both_chats_are_seen_in_both_afterwards(company: Company, ref: str) -> None:
    own = company.files(RAVI, "API-9932")
    company.plays(ref, who=RAVI)
    company.plays("yes", who=RAVI)
    code = next(found for sent in reversed(company.twilio.sent) if sent.to == ASHA for found in [code_in(sent.body)])
    company.plays(code, who=RAVI)
    company.plays("yes", who=RAVI)
    assert owner_of(company, own) == owner_of(company, ref)
    [status] = company.plays("where is my refund", who=ASHA)
    assert own in status.body
    assert ref in status.body


def test_a_number_that_exists_and_one_that_does_not_are_met_with_the_same_words(company: Company, ref: str) -> None:
    wrong = f"API-{'7K3M9' if not ref.endswith('7K3M9') else '8K3M9'}"
    heard = []
    for number, each in enumerate((ref, wrong)):
        other = OtherChat(company, f"81234567{number}9")
        said = [other.says(f"status of {each}"), other.says("yes"), other.says("000000"), other.says("000001")]
        heard.append([text.replace(each, "REF") for text in said])
    assert heard[0] == heard[1]
    assert len(company.rows(LINK_CODE)) == 1


def test_the_code_is_kept_nowhere_but_as_a_hash_and_in_the_chat_it_was_sent_to(company: Company, ref: str) -> None:
    other = OtherChat(company)
    other.says(ref)
    other.says("yes")
    code = code_sent(company)
    [kept] = company.rows(LINK_CODE)
    assert code not in str(kept._asdict())
    assert all(code not in row.text for row in company.rows(MESSAGE) if row.conversation_id == other.id)


def test_a_code_holds_for_ten_minutes_and_not_a_second_more(company: Company, ref: str) -> None:
    other = OtherChat(company)
    other.says(ref)
    other.says("yes")
    code = code_sent(company)
    company.moves(timedelta(minutes=10, seconds=1))
    assert "not the code" in other.says(code)
    other.taps(f"link:{ref}")
    code = code_sent(company)
    company.moves(timedelta(minutes=10))
    assert "That is the code" in other.says(code)


def test_after_five_tries_the_right_code_does_not_help(company: Company, ref: str) -> None:
    for tries, helps in ((4, True), (5, False)):
        other = OtherChat(company, f"81234567{tries}0")
        other.says(ref)
        other.says("yes")
        code = code_sent(company)
        for number in range(tries):
            other.says(f"{(int(code) + 1 + number) % 1_000_000:06d}")
        assert ("That is the code" in other.says(code)) is helps


def test_many_codes_in_one_message_or_turn_are_no_way_around_the_tries(company: Company, ref: str) -> None:
    company.plays(ref, who=RAVI)
    company.plays("yes", who=RAVI)
    code = next(found for sent in reversed(company.twilio.sent) if sent.to == ASHA for found in [code_in(sent.body)])
    for number in range(5):
        company.hears(f"{(int(code) + 1 + number) % 1_000_000:06d}", RAVI)
    company.hears(code, RAVI)
    company.settles()
    assert "not the code" in company.twilio.sent[-1].body
    [kept] = company.rows(LINK_CODE)
    assert (kept.tries, kept.used_at) == (5, None)


def test_a_code_works_once_and_only_in_the_chat_that_asked(company: Company, ref: str) -> None:
    other, stranger = OtherChat(company), OtherChat(company, "8999999999")
    other.says(ref)
    other.says("yes")
    code = code_sent(company)
    stranger.says(ref)
    stranger.says("yes")
    newer = code_sent(company)
    assert "not the code" in stranger.says(code)
    assert "That is the code" in other.says(code)
    other.says("no")
    assert "joined" not in other.says(code)
    assert newer != code


def test_three_codes_an_hour_go_to_one_address_and_no_more(company: Company, ref: str) -> None:
    sent = []
    for number in range(4):
        other = OtherChat(company, f"812345670{number}")
        other.says(ref)
        assert "code with six digits" in other.says("yes"), "the answer is the same when none is sent"
        sent.append(len(company.rows(LINK_CODE)))
    assert sent == [1, 2, 3, 3]
    company.moves(timedelta(hours=1, seconds=1))
    other = OtherChat(company, "8123456799")
    other.says(ref)
    other.says("yes")
    assert len(company.rows(LINK_CODE)) == 4


@pytest.mark.parametrize(
    "text",
    ["I already wrote to you on WhatsApp", "maine pehle whatsapp pe likha tha", "मैंने पहले व्हाट्सऐप पर लिखा था"],
)
def test_who_wrote_elsewhere_before_is_asked_for_the_number(company: Company, text: str) -> None:
    other = OtherChat(company)
    said = other.says(text)
    last = company.rows(MESSAGE)[-1]
    assert last.template == "link_which", said


def test_the_open_request_goes_on_after_the_chats_are_joined(company: Company, ref: str) -> None:
    other = OtherChat(company)
    asked = other.says("my usb token was broken when it arrived, I want a replacement")
    other.says(ref)
    other.taps(f"link:{ref}")
    other.says(code_sent(company))
    said = other.says("yes")
    assert "both chats are yours" in said
    assert asked.splitlines()[-1] in said
