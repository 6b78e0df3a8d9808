"""Customers' files come from Twilio and from no other place; and the sign that an answer is being written."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest
from twilio_server import ACCOUNT, TOKEN
from whatsapp_world import ASHA, BRAND, Company

from bot.channels.protocol import ChannelError
from bot.channels.whatsapp import media
from bot.channels.whatsapp.account import Account, read_accounts

PICTURE = b"\xff\xd8\xff\xe0" + b"x" * 200_000


def stored(company: Company, data: bytes = PICTURE) -> dict[str, Any]:
    """What the inbox keeps of a picture that arrived."""
    company.hears("", media={"image/jpeg": data})
    reference: dict[str, Any] = company.inbox[-1].attachment["fetch"]
    return reference


def fetched(company: Company, reference: dict[str, Any]) -> bytes:
    return b"".join(company.engine.channels["whatsapp"].fetch(BRAND, reference))


def refused(company: Company, reference: dict[str, Any]) -> ChannelError:
    with pytest.raises(ChannelError) as raised:
        fetched(company, reference)
    return raised.value


def test_a_file_is_fetched_by_way_of_the_api_and_the_credentials_stay_there(company: Company) -> None:
    assert fetched(company, stored(company)) == PICTURE
    assert ["authorization" in headers for headers in company.twilio.headers] == [True, False]


def test_a_file_that_the_api_gives_itself_is_taken_too(company: Company) -> None:
    reference = stored(company)
    path = reference["url"].removeprefix("https://api.twilio.com")
    company.twilio.direct[path] = PICTURE
    assert fetched(company, {**reference, "url": company.twilio.address + path}) == PICTURE


PLACES = {
    "another host": "https://evil.example/2010-04-01/Accounts/{ac}/Messages/{sid}/Media/ME1",
    "twilio in a host's name": "https://api.twilio.com.evil.example/2010-04-01/Accounts/{ac}/Messages/{sid}/Media/ME1",
    "twilio as a user's name": "https://api.twilio.com@evil.example/2010-04-01/Accounts/{ac}/Messages/{sid}/Media/ME1",
    "another port": "https://api.twilio.com:8443/2010-04-01/Accounts/{ac}/Messages/{sid}/Media/ME1",
    "without encryption": "http://api.twilio.com/2010-04-01/Accounts/{ac}/Messages/{sid}/Media/ME1",
    "a file of this machine": "file:///etc/passwd",
    "the cloud's own address": "http://169.254.169.254/2010-04-01/Accounts/{ac}/Messages/{sid}/Media/ME1",
    "this machine": "https://127.0.0.1/2010-04-01/Accounts/{ac}/Messages/{sid}/Media/ME1",
    "another account": "https://api.twilio.com/2010-04-01/Accounts/ACffff/Messages/{sid}/Media/ME1",
    "another message": "https://api.twilio.com/2010-04-01/Accounts/{ac}/Messages/MM0/Media/ME1",
    "another resource": "https://api.twilio.com/2010-04-01/Accounts/{ac}/Messages/{sid}.json",
    "a path that climbs": "https://api.twilio.com/2010-04-01/Accounts/{ac}/Messages/{sid}/Media/ME1/../../..",
    "a query": "https://api.twilio.com/2010-04-01/Accounts/{ac}/Messages/{sid}/Media/ME1?to=evil",
    "no address": "http://[",
    "nothing": "",
}


@pytest.mark.parametrize("place", list(PLACES))
def test_no_other_address_is_ever_asked(company: Company, place: str) -> None:
    reference = stored(company)
    url = PLACES[place].format(ac=ACCOUNT, sid=reference["message"])
    error = refused(company, {**reference, "url": url})
    assert (error.error_class, error.code, company.twilio.requests) == ("dead", "media_address_refused", [])


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/latest/meta-data/",
        "https://evil.example/file",
        "https://mms.twiliocdn.com.evil.example/file",
        "http://mms.twiliocdn.com/file",
        "https://s3-external-1.amazonaws.com/another-bucket/file",
        "https://s3-external-1.amazonaws.com/media.twiliocdn.com/../another-bucket/file",
        "file:///etc/passwd",
        "ftp://mms.twiliocdn.com/file",
        "//evil.example/file",
        "",
    ],
)
def test_a_redirect_leads_to_twilios_file_store_or_nowhere(company: Company, target: str) -> None:
    reference = stored(company)
    path = reference["url"].removeprefix("https://api.twilio.com")
    company.twilio.redirects[path] = target
    error = refused(company, reference)
    assert error.error_class == "dead"
    assert len(company.twilio.requests) <= 3
    assert {each for _, each in company.twilio.requests} == {path}, "nothing but the first hop was asked"


def test_two_redirects_are_followed_and_no_third(company: Company) -> None:
    reference = stored(company)
    path = reference["url"].removeprefix("https://api.twilio.com")
    file = company.twilio.redirects[path].removeprefix("https://mms.twiliocdn.com")
    twilio = company.twilio
    twilio.redirects |= {path: "https://media.twiliocdn.com/one", "/one": f"https://mms.twiliocdn.com{file}"}
    assert fetched(company, reference) == PICTURE
    twilio.redirects |= {"/one": "https://media.twiliocdn.com/two", "/two": f"https://mms.twiliocdn.com{file}"}
    assert (refused(company, reference).code) == "too_many_redirects"


def test_a_file_may_be_as_large_as_the_setting_says_and_not_a_byte_more(make_company: Callable[..., Company]) -> None:
    company = make_company(max_attachment_mb=1)
    assert len(fetched(company, stored(company, b"x" * 1024 * 1024))) == 1024 * 1024
    error = refused(company, stored(company, b"x" * (1024 * 1024 + 1)))
    assert (error.error_class, error.code) == ("dead", "too_big")


def test_a_file_that_is_not_there_yet_is_asked_for_again(company: Company) -> None:
    reference = stored(company)
    company.twilio.files.clear()
    error = refused(company, reference)
    assert (error.error_class, error.code) == ("later", "media_not_there")
    assert error.wait is not None


def test_a_wrong_password_is_for_whoever_runs_the_service(company: Company) -> None:
    reference = stored(company)
    company.twilio.passwords = {}
    assert refused(company, reference).error_class == "fix_first"


def test_a_file_that_comes_too_slowly_is_left_for_later(company: Company) -> None:
    reference = stored(company)
    channel = company.engine.channels["whatsapp"]
    account = read_accounts(company.engine.settings, [BRAND])[BRAND]
    fetcher = media.MediaFetcher(channel._pool, company.twilio.address, 10_000_000, most_seconds=0)
    with pytest.raises(ChannelError) as raised:
        list(fetcher.fetch(account, reference["url"], reference["message"]))
    assert (raised.value.error_class, raised.value.code) == ("later", "media_too_slow")


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "::1", "fd00::1", "100.64.0.1"]
)
def test_without_a_test_base_a_host_that_leads_inside_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    found = [(socket.AF_INET, 1, 6, "", ("3.5.7.9", 443)), (family, 1, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    account = Account(BRAND, ACCOUNT, "whatsapp:+911140000000", "https://desk.example", ACCOUNT, (TOKEN,), TOKEN)
    from bot.channels.whatsapp.api import new_pool

    url = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media/ME1"
    with pytest.raises(ChannelError) as raised:
        list(media.MediaFetcher(new_pool(), "", 1000).fetch(account, url, "MM1"))
    assert (raised.value.error_class, raised.value.code) == ("dead", "media_address_refused")


def test_a_public_host_is_asked_at_the_very_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET6, 1, 6, "", ("2600:1f18::1", 443)), (socket.AF_INET, 1, 6, "", ("3.5.7.9", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert media.public_address("api.twilio.com") == "3.5.7.9"


# -- typing -----------------------------------------------------------------------------------------------------------


def test_the_writer_of_a_message_sees_that_an_answer_is_coming(make_company: Callable[..., Company]) -> None:
    company = make_company(whatsapp_typing=True)
    company.hears("hi")
    company.engine.channels["whatsapp"].courtesies.wait()
    assert company.twilio.typing == [company.inbox[0].provider_id]


def test_typing_that_fails_is_harmless_and_left_for_a_while(make_company: Callable[..., Company]) -> None:
    company = make_company(whatsapp_typing=True)
    channel = company.engine.channels["whatsapp"]
    for _ in range(3):
        channel.show_typing(BRAND, ("phone", "+919000000001"), "SMunknown")
        channel.courtesies.wait()
    assert len(company.twilio.requests) == 1


def test_typing_can_be_turned_off(company: Company) -> None:
    company.hears("hi", ASHA)
    company.engine.channels["whatsapp"].courtesies.wait()
    assert company.twilio.requests == []
