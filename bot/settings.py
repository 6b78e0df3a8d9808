"""All settings, read once from the environment (prefix `REFUND_DESK_`) and from a `.env` file.

A value that does not fit stops the start and names itself. The credentials of the channels are per brand:
`REFUND_DESK_<BRAND>_TELEGRAM_TOKEN` and so on, the brand upper-cased with hyphens as underscores.
"""

import os
import secrets
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import AnyHttpUrl, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "REFUND_DESK_"
CREDENTIALS = (
    "TELEGRAM_TOKEN",
    "TELEGRAM_SECRET",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "WHATSAPP_FROM",
    "TWILIO_API_KEY_SID",
    "TWILIO_API_KEY_SECRET",
    "TWILIO_MESSAGING_SERVICE_SID",
)
# However early the window is counted as closed, it is open for so long after the customer's message.
MOST_MARGIN = timedelta(hours=12)
_SHORTEST_SECRET = 32


class BadSettings(ValueError):
    """A setting is missing or odd; the message is one line that names it."""


class Settings(BaseSettings):
    """The settings of one installation; each says what it is for."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Field(Path("var"), description="folder for the database, the files of customers and built models")
    database_url: str = Field("", description="the database; a SQLite file in DATA_DIR unless given")
    database_connections: int = Field(
        10, ge=3, le=100, description="the most connections of one process to PostgreSQL; one more carries the bell"
    )
    files_dir: Path | None = Field(None, description="folder for customers' files; DATA_DIR/attachments unless given")
    public_base_url: AnyHttpUrl | None = Field(None, description="the address by which channels reach this service")
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="keys for encryption, newest first, separated by commas; made and kept in DATA_DIR unless given",
    )
    brands: str = Field("", description="the brands to serve, separated by commas; all packs unless given")
    telegram_api_base: str = Field("https://api.telegram.org", description="ends before /bot<token>")
    telegram_file_base: str = Field("https://api.telegram.org/file", description="ends before /bot<token>")
    start_link_minutes: int = Field(
        60, ge=1, le=10080, description="how long a link from an order page into a Telegram chat is good"
    )
    typing: bool = Field(True, description="whether Telegram shows that an answer is being written")
    twilio_api_base: str = Field("", description="replaces every Twilio host, the path kept")
    whatsapp_typing: bool = Field(True, description="whether WhatsApp shows that an answer is being written")
    reconcile_minutes: int = Field(
        10, ge=0, le=1440, description="how often Twilio is asked for messages that no webhook brought; 0 is never"
    )
    max_attachment_mb: int = Field(20, ge=1, le=100, description="the largest file taken from a customer")
    s3_bucket: str = Field("", description="the bucket for customers' files; they lie in FILES_DIR unless given")
    s3_endpoint: AnyHttpUrl | None = Field(
        None, description="the address of the bucket's service; Amazon's unless given"
    )
    s3_region: str = Field("ap-south-1", description="the region of the bucket")
    s3_access_key_id: str = Field("", description="the key for the bucket; the machine's own role unless given")
    s3_secret_access_key: SecretStr = Field(SecretStr(""), description="the secret that belongs to S3_ACCESS_KEY_ID")
    clamd_address: str = Field(
        "", description="a virus scanner (clamd) at host:port or the path of its socket; none unless given"
    )
    window_margin_minutes: int = Field(
        10,
        ge=0,
        le=MOST_MARGIN // timedelta(minutes=1),
        description="how long before its end WhatsApp's 24-hour window counts as closed",
    )
    whatsapp_per_second: float = Field(80, ge=0.1, le=1000, description="messages that one WhatsApp number may send")
    whatsapp_chat_seconds: float = Field(
        1, ge=0, le=60, description="seconds between messages to one WhatsApp customer, after three at once"
    )
    telegram_per_second: float = Field(30, ge=0.1, le=1000, description="messages that one Telegram bot may send")
    telegram_chat_seconds: float = Field(
        1, ge=0, le=60, description="seconds between messages to one Telegram customer, after three at once"
    )
    session_hours: int = Field(12, ge=1, le=168, description="how long an agent stays signed in")
    turn_seconds: float = Field(10.0, gt=0, le=60, description="a turn that takes longer goes to a person")
    join_text_seconds: float = Field(1.5, ge=0, le=10, description="a turn waits so long for more after a typed text")
    join_file_seconds: float = Field(2.0, ge=0, le=10, description="and so long after a file")
    join_most_seconds: float = Field(5.0, ge=0, le=30, description="but no longer than this after the first message")
    workers: int = Field(2, ge=1, le=32, description="turns that run at the same time in one process")
    simulator: bool = Field(True, description="whether the simulator at /try is served")
    metrics_token: SecretStr = Field(
        SecretStr(""), description="what /metrics wants as bearer token; open to all who reach it unless given"
    )
    metrics_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="where a worker or scheduler answers /healthz, /readyz and /metrics; 0 is nowhere",
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

    @field_validator("log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        level = value.upper()
        if level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return level

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        keys = value.get_secret_value()
        if keys and any(len(key.strip()) < _SHORTEST_SECRET for key in keys.split(",")):
            raise ValueError(f"each key must have at least {_SHORTEST_SECRET} characters")
        return value

    @property
    def url(self) -> str:
        """The database's address."""
        return self.database_url or f"sqlite:///{self.data_dir / 'refund-desk.sqlite3'}"

    @property
    def attachments_dir(self) -> Path:
        """Where customers' files lie."""
        return self.files_dir or self.data_dir / "attachments"

    @property
    def max_attachment_bytes(self) -> int:
        """The largest file taken from a customer."""
        return self.max_attachment_mb * 1024 * 1024

    @property
    def window_margin(self) -> timedelta:
        """How long before its end WhatsApp's 24-hour window counts as closed."""
        return timedelta(minutes=self.window_margin_minutes)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys for encryption, newest first. Without a setting one is made once and kept, readable by us alone."""
        given = tuple(key.strip() for key in self.secret_key.get_secret_value().split(",") if key.strip())
        return given or (_kept_key(self.data_dir / "secret_key"),)

    def credential(self, brand: str, name: str) -> str:
        """The channel credential `name` (one of `CREDENTIALS`) of `brand`, empty where there is none."""
        return _environment().get(credential_name(brand, name), "")


def credential_name(brand: str, name: str) -> str:
    """`REFUND_DESK_WEBPINO_TELEGRAM_TOKEN` for ("webpino", "TELEGRAM_TOKEN")."""
    return f"{PREFIX}{brand.upper().replace('-', '_')}_{name}"


def _environment() -> dict[str, str]:
    from dotenv import dotenv_values

    from_file = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    return {**from_file, **os.environ}


def _kept_key(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    key = secrets.token_urlsafe(48)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key + "\n")
    return key


def read_settings(**given: Any) -> Settings:
    """The settings, `given` ones first. Raises `BadSettings` with one line that names what is wrong."""
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = PREFIX + "_".join(str(step) for step in first["loc"]).upper()
        raise BadSettings(f"{name}: {first['msg']}") from None
