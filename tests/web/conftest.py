"""The pages over a real engine on SQLite, with a small reader and a recorded conversation in place of the dialogue."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from web_world import PASSWORD, TestClient, Trying, csrf_of, make_engine

from bot.engine import Engine
from bot.web import create_app


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine at rest; `settle` does what its loops would."""
    made = make_engine(tmp_path)
    yield made
    made.close()


@pytest.fixture
def client(engine: Engine) -> Iterator[TestClient]:
    """A browser without cookies."""
    with TestClient(create_app(engine), follow_redirects=False) as browser:
        yield browser


@pytest.fixture
def trying(client: TestClient, engine: Engine) -> Trying:
    """A visitor who has just opened /try."""
    return Trying(client, engine)


@pytest.fixture
def sign_in(engine: Engine, client: TestClient) -> Callable[..., str]:
    """Signs an agent in; gives the token that the desk's forms carry."""

    def signing(name: str = "Asha", password: str = PASSWORD) -> str:
        if name not in {agent.name for agent in engine.desk.agents()}:
            engine.desk.add_agent(name, PASSWORD)
        form = client.get("/desk/login").text.split('name="csrf" value="')[1].split('"')[0]
        client.post("/desk/login", data={"csrf": form, "name": name, "password": password})
        return csrf_of(client.get("/desk").text)

    return signing
