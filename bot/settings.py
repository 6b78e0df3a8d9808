"""All settings, read once from the environment (prefix `REFUND_DESK_`) and from a `.env` file.

A value that does not fit stops the start and names itself. The credentials of the channels are per brand:
`REFUND_DESK_<BRAND>_TELEGRAM_TOKEN` and so on, the brand upper-cased with hyphens as underscores.
"""

import os
import secrets
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
)
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
    max_attachment_mb: int = Field(20, ge=1, le=100, description="the largest file taken from a customer")
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
