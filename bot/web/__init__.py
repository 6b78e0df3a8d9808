"""The pages: the simulator at /try, the desk at /desk, and the checks of health.

Everything here is thin: it reads a request, calls the engine or the desk's service, and shows what comes back. What a
customer wrote is always escaped, and no page carries a script or a style of its own.
"""

from bot.web.app import create_app
from bot.web.server import PageServer

__all__ = ["PageServer", "create_app"]
