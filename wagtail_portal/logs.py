"""Logs and error reports without personal data: email addresses, texts, codes and tokens.

A site names :class:`LineFormatter` and :func:`request_id_middleware` in its settings, or passes
:func:`scrub_sentry_event` to Sentry and :func:`scrub_structlog_event` to structlog.
"""

import logging
import re
import sys
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest
from django.template import TemplateDoesNotExist

HIDDEN = "[hidden]"
#: What can name a person or open something, and its replacement. Quantifiers are limited, so that
#: long texts take linear time.
_PRIVATE = (
    # Databases quote the values, or the whole row, that they refuse.
    (re.compile(r"DETAIL:.*?(?=\n\nThe above |\n\nDuring |\Z)", re.DOTALL), f"DETAIL: {HIDDEN}"),
    (re.compile(r"\b(entry|value:?) '.*?' for (key|column)", re.DOTALL), rf"\1 {HIDDEN} for \2"),
    # Email addresses, also in URLs.
    (re.compile(r"[^\s@\"'(<=:/]{1,64}(?:@|%40)[^\s@\"')>,;&]{1,255}"), HIDDEN),
    # Sign-in codes.
    (re.compile(r"\b[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}\b"), HIDDEN),
    # JSON Web Tokens, and texts signed by Django.
    (re.compile(r"\beyJ[\w-]{4,}\.[\w-]+\.[\w-]*"), HIDDEN),
    (re.compile(r"[\w.-]{1,500}:[\w-]{5,8}:[\w-]{27,64}"), HIDDEN),
    # Random keys, of sessions and of invitations.
    (re.compile(r"\b(?=[a-z]{0,200}\d)[a-z\d]{32,200}\b"), HIDDEN),
    (re.compile(r"(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*\d)(?=[\w-]*[a-z])[\w-]{32,}"), HIDDEN),
)
#: Exceptions whose messages say what's wrong with the code or a server. Others can quote what
#: someone has typed.
_SHOWN = (
    *(OSError, DatabaseError, InterfaceError, ImportError, AttributeError, TypeError, NameError),
    *(ArithmeticError, IndexError, MemoryError, RecursionError, NotImplementedError),
    *(ImproperlyConfigured, TemplateDoesNotExist),
)
#: Libraries whose exceptions say the same of servers.
_SHOWN_LIBRARIES = {"botocore", "redis", "pymemcache", "urllib3"}
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_CONTROL = dict.fromkeys((*range(32), *range(127, 160)), "?")

#: The ID of the current request; "-" outside of requests.
request_id: ContextVar[str] = ContextVar("wagtail_portal_request_id", default="-")


def scrub(text: str) -> str:
    """Return a text without email addresses, codes, tokens, and values quoted by a database."""
    for pattern, replacement in _PRIVATE:
        text = pattern.sub(replacement, text)
    return text


def safe_message(error: BaseException) -> str:
    """Return what an exception says, as far as it can't be what someone has typed."""
    text = str(error)
    is_shown = isinstance(error, _SHOWN) or getattr(error, "is_safe_to_log", False)
    if not text or is_shown or type(error).__module__.partition(".")[0] in _SHOWN_LIBRARIES:
        return scrub(text)
    return HIDDEN


def describe_error(error: BaseException) -> str:
    """Return the traceback of an exception and of those that led to it, with safe messages."""
    parts, seen = [], set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        frames = "".join(traceback.format_tb(cause.__traceback__))
        kind = f"{type(cause).__module__}.{type(cause).__qualname__}".removeprefix("builtins.")
        parts.append(f"{frames}{kind}: {safe_message(cause)}")
        cause = _cause_of(cause)
    return "\nwhich was caused by:\n".join(parts)


class SafeError(Exception):
    """The base of copies whose messages can be logged."""

    is_safe_to_log = True


def safe_copy(error: BaseException) -> SafeError:
    """Return a copy of an exception, with the same name, traceback and causes, but with a safe
    message: for ``exc_info=``, so that no handler can show more."""
    kind, cause = type(error), _cause_of(error)
    names = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
    copy = type(kind.__name__, (SafeError,), names)(safe_message(error))
    copy.__cause__ = cause and safe_copy(cause)
    return copy.with_traceback(error.__traceback__)


def _cause_of(error: BaseException) -> BaseException | None:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


class LineFormatter(logging.Formatter):
    """Format each event as one line: time (UTC), level, logger, ID of the request, and message."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line. Line breaks, as in tracebacks, become ``\\n``."""
        text = scrub(record.getMessage())
        if record.exc_info and record.exc_info[1]:
            text = f"{text}\n{describe_error(record.exc_info[1])}"
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        text = "\\n".join(text.splitlines()).translate(_CONTROL)
        return f"{time} {record.levelname} {record.name} [{request_id.get()}] {text}"


def request_id_middleware(get_response: Callable) -> Callable:
    """Give each request an ID, in its log lines and in the header ``X-Request-ID`` of the response.
    One that a proxy has chosen stays."""

    def middleware(request: HttpRequest) -> Any:
        given = request.headers.get("X-Request-ID", "")
        found = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        # Not reset, because some work is done after the response.
        request_id.set(found)
        response = get_response(request)
        response.headers["X-Request-ID"] = found
        return response

    return middleware


def scrub_structlog_event(logger: Any, method: str, event: dict) -> dict:
    """Remove personal data from an event: a processor for structlog."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exception()
    elif isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = describe_error(error)
    if "request" in event:
        # Query strings can hold tokens.
        event["request"] = str(event["request"]).partition("?")[0]
    texts = {key: value for key, value in event.items() if not key.endswith("_id")}
    return event | _scrub_all(texts)


#: The parts of a Sentry event with texts. The others are IDs, versions and times.
_SENTRY_TEXTS = ("breadcrumbs", "exception", "extra", "logentry", "message", "request", "spans")


def scrub_sentry_event(event: dict, hint: dict) -> dict:
    """Remove personal data from an event: ``before_send`` and ``before_send_transaction`` of
    Sentry."""
    event = {key: value for key, value in event.items() if key != "user"}
    request = event.get("request") or {}
    event["request"] = {key: request[key] for key in ("method", "url") if key in request}
    error, messages = (hint.get("exc_info") or (None, None))[1], {}
    while error is not None and type(error).__name__ not in messages:
        messages[type(error).__name__] = safe_message(error)
        error = _cause_of(error)
    for value in (event.get("exception") or {}).get("values", []):
        value["value"] = messages.get(value.get("type"), HIDDEN)
        for frame in (value.get("stacktrace") or {}).get("frames", []):
            frame.pop("vars", None)
    return event | {key: _scrub_all(event[key]) for key in _SENTRY_TEXTS if key in event}


def _scrub_all(value: Any) -> Any:
    """Return a value with every text in it scrubbed."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {key: _scrub_all(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_scrub_all(child) for child in value]
    return value
