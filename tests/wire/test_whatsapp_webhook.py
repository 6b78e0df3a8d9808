"""What Twilio brings: only what it signed is stored, each message once, in the order in which it came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs
from twilio_server import ACCOUNT, SENDER, TOKEN, TwilioServer, sign
from whatsapp_world import ASHA, BRAND, PUBLIC, RAVI, Company

from bot.channels.whatsapp.signature import is_signed
from bot.settings import BadSettings
from bot.tables import CUSTOMER, IDENTITY


def test_twilios_own_example_of_a_signature_is_accepted() -> None:
    form = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675310"),
        ("Digits", "1234"),
        ("From", "+14158675310"),
        ("To", "+18005551212"),
    ]
    url = "https://example.com/myapp.php?foo=1&bar=2"
    assert is_signed(["12345"], url, form, "L/OH5YylLD5NRKLltdqwSvS0BnU=")
    assert not is_signed(["12346"], url, form, "L/OH5YylLD5NRKLltdqwSvS0BnU=")
    assert not is_signed(["12345"], url + "&x=1", form, "L/OH5YylLD5NRKLltdqwSvS0BnU=")


def test_a_signed_message_is_stored_once_and_answered_with_empty_twiml(company: Company) -> None:
    form = company.twilio.customer_writes("hi")
    for _ in range(3):
        answer = company.call(form)
        assert (answer.status_code, answer.text) == (200, "<Response/>")
        assert answer.headers["content-type"].startswith("text/xml")
    assert [(row.kind, row.account, row.read_at) for row in company.inbox] == [("text", SENDER, None)]


def test_ten_copies_at_once_make_one_message_and_one_conversation(company: Company) -> None:
    form = company.twilio.customer_writes("hi")
    answers = company.at_once([lambda: company.call(form)] * 10)
    assert {answer.status_code for answer in answers} == {200}
    assert (len(company.inbox), len(company.conversations), len(company.rows(CUSTOMER))) == (1, 1, 1)


def test_ten_first_messages_of_one_customer_at_once_make_one_conversation(company: Company) -> None:
    forms = [company.twilio.customer_writes(f"message {number}") for number in range(10)]
    answers = company.at_once([lambda form=form: company.call(form) for form in forms])  # type: ignore[misc]
    assert {answer.status_code for answer in answers} == {200}
    assert (len(company.inbox), len(company.conversations), len(company.rows(IDENTITY))) == (10, 1, 1)


def test_messages_in_reverse_order_are_taken_in_the_order_of_their_arrival(company: Company) -> None:
    forms = [company.twilio.customer_writes(text) for text in ("one", "two", "three")]
    for form in reversed(forms):
        company.call(form)
    assert [row.provider_id for row in company.inbox] == [dict(form)["MessageSid"] for form in reversed(forms)]


@pytest.mark.parametrize(
    "more",
    [
        [("Body", "  blanks before and behind  ")],
        [("Body", ""), ("NumMedia", "0"), ("Blank", "")],
        [("Body", "twice"), ("Body", "again"), ("Body", "twice")],
        [("Body", "₹1,25,000 & 50% = ? + / नमस्ते 🙏\r\nnext")],
        [("Body", "x"), ("SomethingNew", "that Twilio added"), ("lower", "1"), ("Lower", "2")],
    ],
)
def test_every_field_is_signed_as_it_came(company: Company, more: list[tuple[str, str]]) -> None:
    form = [pair for pair in company.twilio.customer_writes("") if pair[0] not in dict(more)] + more
    assert company.call(form).status_code == 200
    altered = [(name, value + " ") if name == "Body" else (name, value) for name, value in form]
    assert company.call(altered, signature=sign(TOKEN, f"{PUBLIC}/webhooks/whatsapp/{BRAND}", form)).status_code == 403
    assert len(company.inbox) == 1


def test_the_newer_signature_is_accepted_and_an_unknown_one_is_not(company: Company) -> None:
    form = company.twilio.customer_writes("hi")
    named = "X-Twilio-Webhooks-Signature-Settings"
    assert company.call(form, algorithm="sha512", headers={named: "key=k1,algorithm=HMAC_SHA512"}).status_code == 403
    assert company.call(form, algorithm="sha256").status_code == 403
    assert company.call(form, algorithm="sha256", headers={named: "key=k1,algorithm=HMAC_SHA256"}).status_code == 200


def test_while_the_token_is_changed_both_sign(make_company: Callable[..., Company]) -> None:
    company = make_company({"TWILIO_AUTH_TOKEN": f"{TOKEN}, the-next-token"})
    for token, status in ((TOKEN, 200), ("the-next-token", 200), ("another", 403), ("", 403)):
        assert company.call(company.twilio.customer_writes("hi"), token=token).status_code == status
    assert len(company.inbox) == 2


def test_the_address_is_our_public_one_with_path_and_query_as_they_came(company: Company) -> None:
    for path in (f"/webhooks/whatsapp/{BRAND}?a=1&b=%20x", f"/webhooks/whatsapp/{BRAND}?"):
        answer = company.call(company.twilio.customer_writes("hi"), path=path.rstrip("?"))
        assert answer.status_code == 200, path
    form = company.twilio.customer_writes("hi")
    inside = sign(TOKEN, f"http://inside:8000/webhooks/whatsapp/{BRAND}", form)
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "inside:8000"}
    assert company.call(form, signature=inside, headers=forwarded).status_code == 403


FORGED = {
    "no signature": {"signature": ""},
    "somebody's signature": {"signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="},
    "a signature that is no text": {"headers": {"X-Twilio-Signature": "नमस्ते".encode()}},
    "another token's": {"token": "not-ours"},
    "json": {"body": '{"Body": "hi"}', "headers": {"Content-Type": "application/json"}},
    "no content type": {"headers": {"Content-Type": ""}},
    "bytes that are no text": {"body": "Body=\udce9"},
}


@pytest.mark.parametrize("how", list(FORGED))
def test_what_twilio_did_not_sign_is_refused_and_nothing_of_it_is_stored_or_logged(company: Company, how: str) -> None:
    form = company.twilio.customer_writes("my card is stolen")
    given: dict[str, Any] = dict(FORGED[how])
    if "body" in given:
        given["body"] = given["body"].encode("utf-8", "surrogateescape")
    with capture_logs() as logged:
        answer = company.call(form, **given)
    assert (answer.status_code, answer.text, company.inbox) == (403, "", [])
    why = {"event": "webhook_refused", "log_level": "warning", "channel": "whatsapp", "brand": BRAND}
    assert logged == [{**why, "status": 403, "why": "signature"}]


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"AccountSid": "AC" + "b" * 32}, 403),
        ({"To": "whatsapp:+911149999999"}, 403),
        ({"From": "+919000000001"}, 400),
        ({"From": "messenger:12345"}, 400),
        ({"MessageSid": "", "SmsSid": "", "SmsMessageSid": ""}, 400),
        ({"MessageSid": "SM../../x"}, 400),
        ({"NumMedia": "-1"}, 400),
        ({"NumMedia": "9999"}, 400),
        ({"NumMedia": "1"}, 400),
        ({"NumMedia": "one"}, 400),
    ],
)
def test_a_signed_form_that_does_not_fit_is_refused(company: Company, wrong: dict[str, str], status: int) -> None:
    form = [(name, wrong.get(name, value)) for name, value in company.twilio.customer_writes("hi")]
    assert (company.call(form).status_code, company.inbox) == (status, [])


def test_a_body_is_taken_up_to_64_kilobytes_and_not_a_byte_more(company: Company) -> None:
    form = company.twilio.customer_writes("hi")
    room = 64 * 1024 - len("&Filler=") - sum(len(part) for part in _encoded(form))
    assert company.call([*form, ("Filler", "x" * room)]).status_code == 200
    assert company.call([*company.twilio.customer_writes("hi"), ("Filler", "x" * (room + 1))]).status_code == 413
    assert len(company.inbox) == 1


def _encoded(form: list[tuple[str, str]]) -> list[str]:
    from urllib.parse import urlencode

    return [urlencode(form)]


def test_a_truncated_body_is_refused(company: Company) -> None:
    from urllib.parse import urlencode

    form = company.twilio.customer_writes("a long message that is cut off on its way")
    assert company.call(form, body=urlencode(form)[:-20]).status_code == 403
    assert company.inbox == []


def test_only_posts_are_answered_and_only_for_brands_with_whatsapp(company: Company) -> None:
    assert company.browser.get(f"/webhooks/whatsapp/{BRAND}").status_code == 405
    assert company.browser.put(f"/webhooks/whatsapp/{BRAND}/status").status_code == 405
    for brand in ("webpino", "nobody", "..%2Fapi-infotech"):
        assert company.call(company.twilio.customer_writes("hi"), path=f"/webhooks/whatsapp/{brand}").status_code == 404


def test_the_fallback_address_is_the_same_one_and_brings_the_message_once(company: Company) -> None:
    form = company.twilio.customer_writes("hi")
    fell_back = [*form, ("ErrorCode", "11200"), ("ErrorUrl", f"{PUBLIC}/webhooks/whatsapp/{BRAND}")]
    assert company.call(fell_back, headers={"I-Twilio-Idempotency-Token": "t-1"}).status_code == 200
    assert company.call(form).status_code == 200
    assert len(company.inbox) == 1


def test_who_hides_the_number_is_known_by_whatsapps_own_id_and_answered_there(company: Company) -> None:
    hidden = "whatsapp:IN.4f0aB7"
    sent = company.plays("hi", who=hidden)
    assert [message.to for message in sent] == [hidden]
    assert [(row.kind, row.value) for row in company.rows(IDENTITY)] == [("bsuid", "IN.4f0aB7")]


def test_a_profile_name_is_somebodys_claim_and_kept_without_tricks(company: Company) -> None:
    company.hears("hi", ProfileName="\u202eAsha \x00 <b>Admin</b>" + "x" * 200)
    name = company.rows(CUSTOMER)[0].name
    assert name.startswith("Asha <b>Admin</b>xxx")
    assert len(name) == 80


def test_the_number_is_written_the_same_however_it_came(company: Company) -> None:
    for who in ("whatsapp:+919000000001", "whatsapp:919000000001", "whatsapp: 919000000001"):
        company.hears("hi", From=who)
    assert [(row.kind, row.value) for row in company.rows(IDENTITY)] == [("phone", "+919000000001")]


# -- the kinds of messages --------------------------------------------------------------------------------------------


def kinds(company: Company) -> list[tuple[str, str]]:
    return [(row.kind, (row.attachment or {}).get("kind", "")) for row in company.inbox]


@pytest.mark.parametrize(
    ("mime", "kind"),
    [
        ("image/jpeg", ("attachment", "photo")),
        ("image/webp", ("attachment", "sticker")),
        ("audio/ogg; codecs=opus", ("attachment", "voice")),
        ("video/mp4", ("attachment", "video")),
        ("application/pdf", ("attachment", "document")),
        ("", ("attachment", "document")),
        ("text/x-vcard", ("contact", "")),
        ("text/vcard", ("contact", "")),
    ],
)
def test_a_file_is_what_its_type_says_until_it_was_looked_at(
    company: Company, mime: str, kind: tuple[str, str]
) -> None:
    company.hears("", media={mime: b"content"})
    assert kinds(company) == [kind]


def test_an_album_is_one_message_for_each_file_and_the_caption_goes_with_the_first(company: Company) -> None:
    form = company.twilio.customer_writes(
        "both sides", media={"image/jpeg": b"1", "image/png": b"2", "text/vcard": b"3"}
    )
    company.call(form)
    company.call(form)
    sid = dict(form)["MessageSid"]
    assert [row.provider_id for row in company.inbox] == [sid, f"{sid}:1", f"{sid}:2"]
    assert kinds(company) == [("attachment", "photo"), ("attachment", "photo"), ("contact", "")]
    texts = [company.engine.cipher.decrypt(row.body) for row in company.inbox]
    assert texts == ["both sides", "", ""]
    assert company.inbox[0].attachment["fetch"] == {"url": dict(form)["MediaUrl0"], "message": sid}


@pytest.mark.parametrize(
    ("more", "kind", "payload"),
    [
        ({"ButtonPayload": "human", "ButtonText": "Talk to a person", "ButtonType": "REPLY"}, "tap", "human"),
        ({"ListId": "slot:product:usb_token", "ListTitle": "USB token"}, "tap", "slot:product:usb_token"),
        ({"ButtonText": "Yes"}, "text", ""),
        ({"Latitude": "28.61", "Longitude": "77.20", "Label": "Home"}, "location", ""),
        ({"Body": "", "MessageType": "order"}, "unsupported", ""),
        ({"Forwarded": "true", "FrequentlyForwarded": "true"}, "text", ""),
        ({"OriginalRepliedMessageSid": "SM" + "0" * 32, "OriginalRepliedMessageSender": SENDER}, "text", ""),
        ({"ReferralBody": "Buy <now>", "ReferralNumMedia": "1", "ReferralMediaUrl": "http://x/"}, "text", ""),
        ({"OptOutType": "STOP", "Body": "STOP"}, "text", ""),
    ],
)
def test_each_kind_of_message_is_told_apart(company: Company, more: dict[str, str], kind: str, payload: str) -> None:
    company.hears("Yes", **more)
    assert [(row.kind, row.payload) for row in company.inbox] == [(kind, payload)]


def test_a_reaction_is_no_answer_and_changes_nothing(company: Company) -> None:
    assert company.hears("👍", MessageType="reaction").status_code == 200
    assert company.inbox == []


# -- settings ---------------------------------------------------------------------------------------------------------


def test_whatsapp_without_our_public_address_does_not_start(make_company: Callable[..., Company]) -> None:
    with pytest.raises(BadSettings, match="REFUND_DESK_PUBLIC_BASE_URL"):
        make_company(public_base_url=None)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"TWILIO_AUTH_TOKEN": ""}, "REFUND_DESK_API_INFOTECH_TWILIO_AUTH_TOKEN"),
        ({"WHATSAPP_FROM": ""}, "REFUND_DESK_API_INFOTECH_WHATSAPP_FROM"),
        ({"WHATSAPP_FROM": "our number"}, "REFUND_DESK_API_INFOTECH_WHATSAPP_FROM"),
        ({"TWILIO_ACCOUNT_SID": "SK123"}, "REFUND_DESK_API_INFOTECH_TWILIO_ACCOUNT_SID"),
        ({"TWILIO_API_KEY_SID": "SK1"}, "REFUND_DESK_API_INFOTECH_TWILIO_API_KEY_SECRET"),
    ],
)
def test_half_set_credentials_do_not_start_and_are_named(
    make_company: Callable[..., Company], wrong: dict[str, str], named: str
) -> None:
    with pytest.raises(BadSettings, match=named):
        make_company(wrong)


def test_two_brands_cannot_share_a_number(
    make_company: Callable[..., Company], monkeypatch: pytest.MonkeyPatch, twilio: TwilioServer
) -> None:
    for name, value in {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "WHATSAPP_FROM": SENDER}.items():
        monkeypatch.setenv(f"REFUND_DESK_WEBPINO_{name}", value)
    with pytest.raises(BadSettings, match="WEBPINO_WHATSAPP_FROM: is the number of api-infotech"):
        make_company(brands=f"{BRAND},webpino")


def test_customers_do_not_see_each_other(company: Company) -> None:
    company.hears("hi", ASHA)
    company.hears("hi", RAVI)
    assert len(company.conversations) == 2
