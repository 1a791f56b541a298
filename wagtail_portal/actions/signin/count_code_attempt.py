"""Somebody types a code that was mailed."""

from wagtail_portal.utils.rate_limits import limit


def count_code_attempt(email: str) -> None:
    """Count one try at the codes of an address, from whatever browser.

    A session counts the tries at its own code, but any number of requests can read the same
    session at once; this count is shared.

    :raises RateLimited: when there were as many as the settings allow an hour.
    """
    limit("CODE_TRIES_PER_ADDRESS", email)
