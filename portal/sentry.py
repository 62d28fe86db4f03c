"""Reports of failures to Sentry, or a server that speaks like it. Used only if SENTRY_DSN is set: needs its package.

A report says no more than the log: type and place of the failure, the route, the number of the request. What is sent
is chosen field by field, so that a new version of the package cannot add to it.
"""

from __future__ import annotations

from typing import Any

import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.logging import LoggingIntegration

from portal.lib.logs import request_id

KEPT = ("event_id", "timestamp", "level", "platform", "logger", "release", "environment", "sdk")
OTHERWISE_SAID = ("portal.request", "django.security")
OF_A_FRAME = ("filename", "abs_path", "module", "function", "lineno", "in_app")


def begin(dsn: str) -> None:
    """Report from now on what is logged as an error."""
    sentry_sdk.init(
        dsn=dsn,
        default_integrations=False,  # each failure of a page, a lane or a task is logged: nothing else is listened to
        integrations=[LoggingIntegration(level=None), DedupeIntegration(), AtexitIntegration()],
        before_send=scrubbed,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        traces_sample_rate=None,
    )


def scrubbed(event: Any, hint: dict[str, Any]) -> Any:
    """What of `event` is sent: neither who asked, nor what for, nor what an exception or a message quotes.

    returns  None for what is no failure of ours, or is reported besides
    """
    logger = event.get("logger") or ""
    if logger.startswith(OTHERWISE_SAID) or (logger == "django.request" and "exception" not in event):
        return None
    sent: dict[str, Any] = {name: event[name] for name in KEPT if name in event}
    sent["tags"] = {"request_id": request_id.get()}
    if "exception" in event:
        sent["exception"] = {"values": [bare(one) for one in event["exception"].get("values", [])]}
    elif "logentry" in event:  # the message before its arguments are filled in
        sent["logentry"] = {"message": event["logentry"].get("message", "")}
    return sent


def bare(exception: dict[str, Any]) -> dict[str, Any]:
    """Type and place of an exception."""
    frames = (exception.get("stacktrace") or {}).get("frames", [])
    return {
        "type": exception.get("type"),
        "module": exception.get("module"),
        "value": "",
        "stacktrace": {"frames": [{name: frame.get(name) for name in OF_A_FRAME} for frame in frames]},
    }
