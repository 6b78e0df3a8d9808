"""Serves the application, and stops at once when told to: open streams are ended first."""

from __future__ import annotations

from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI


class PageServer(uvicorn.Server):
    """A uvicorn server. A stream never ends by itself, so that a plain server would wait for every open page."""

    def __init__(self, app: FastAPI, **config: Any) -> None:
        """`config` is uvicorn's own."""
        super().__init__(uvicorn.Config(app, **{"timeout_graceful_shutdown": 5, **config}))
        self._closing = app.state.closing

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Ends the streams and then stops."""
        self._closing.close()
        super().handle_exit(sig, frame)
