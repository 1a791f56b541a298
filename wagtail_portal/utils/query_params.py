"""Read numbers and times from parameters; anything else counts as missing."""

from datetime import datetime

from django.utils.dateparse import parse_datetime

from .days import EARLIEST, LATEST


def parse_pk(text: str) -> int | None:
    """Return the primary key in ``text``; None if it isn't one that a database can store."""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def pk_in(query, name: str) -> int | None:
    """Return the primary key sent under ``name``; None if it's missing or malformed."""
    return parse_pk(query.get(name, ""))


def page_number(query) -> int:
    """Return the page that ``?page=`` asks for; 1 if it's missing or malformed."""
    text = query.get("page", "")
    return max(1, int(text)) if text.isdecimal() and len(text) < 5 else 1


def parse_moment(text: str) -> datetime | None:
    """Return the aware datetime in ``text``; None if it isn't one that a database can store."""
    try:
        moment = parse_datetime(text[:40])
    except ValueError:
        return None
    is_known = moment and moment.tzinfo and EARLIEST.year <= moment.year <= LATEST.year
    return moment if is_known else None
