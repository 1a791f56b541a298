"""Limits that are counted together."""

import pytest

from wagtail_portal.models import RateLimit
from wagtail_portal.models.rate_limits import _digest

TICKET, ADDRESS = ("EMAILS_PER_TICKET", 7), ("EMAILS_PER_ADDRESS", "dana@acme.example")

pytestmark = pytest.mark.django_db


def used(limit) -> int | None:
    return RateLimit.objects.filter(digest=_digest(*limit)).values_list("used", flat=True).first()


def test_all_are_counted_or_none():
    RateLimit.objects.begin({TICKET, ADDRESS}, period=60)
    allowed = {TICKET: 3, ADDRESS: 1}
    assert RateLimit.objects.use_together(allowed)
    assert not RateLimit.objects.use_together(allowed)
    assert (used(TICKET), used(ADDRESS)) == (1, 1)


def test_one_that_has_not_begun_does_not_allow_it():
    RateLimit.objects.begin({TICKET}, period=60)
    assert not RateLimit.objects.use_together({TICKET: 3, ADDRESS: 1})
    assert (used(TICKET), used(ADDRESS)) == (0, None)


def test_one_whose_period_is_over_does_not_allow_it():
    RateLimit.objects.begin({TICKET}, period=60)
    RateLimit.objects.begin({ADDRESS}, period=-1)
    assert not RateLimit.objects.use_together({TICKET: 3, ADDRESS: 1})
    assert (used(TICKET), used(ADDRESS)) == (0, 0)


def test_beginning_again_keeps_what_was_counted(django_assert_num_queries):
    RateLimit.objects.begin({TICKET, ADDRESS}, period=60)
    # The update, and the transaction around it.
    with django_assert_num_queries(3):
        RateLimit.objects.use_together({TICKET: 3, ADDRESS: 3})
    RateLimit.objects.begin({TICKET, ADDRESS}, period=60)
    assert (used(TICKET), used(ADDRESS)) == (1, 1)
