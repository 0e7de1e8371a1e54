"""The HTTP front of the local stage: a Chalice app served as API Gateway and Lambda would serve it."""

from local.front.local_routes import LocalAnswer, LocalHandler, LocalRequest, LocalRoutes
from local.front.server import PortInUseError, RunningFront, listen, serve, serve_on, start_in_thread

__all__ = [
    "LocalAnswer",
    "LocalHandler",
    "LocalRequest",
    "LocalRoutes",
    "PortInUseError",
    "RunningFront",
    "listen",
    "serve",
    "serve_on",
    "start_in_thread",
]
