"""Read numbers from query parameters; anything else counts as missing."""


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
