"""The SQL of a prepared query is built once, and finds what the query would find each time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from enum import Enum
from time import sleep
from typing import NamedTuple
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import F, Q
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

from tests import factories
from wagtail_portal.models import Message, Ticket
from wagtail_portal.utils.prepared import _value_types, _Variant, prepared, prepared_update


class Order(Enum):
    OLDEST, NEWEST = "pk", "-pk"


class Who(NamedTuple):
    pk: int
    site: int | None


@pytest.fixture
def built():
    """The arguments with which the function was called."""
    return []


@pytest.fixture
def find(built):
    @prepared
    def find(who: Who, numbers: tuple[int, ...], order: Order = Order.OLDEST):
        built.append((who, numbers, order))
        found = Ticket.objects.filter(requester=who.pk, number__in=numbers)
        if who.site is not None:
            found = found.filter(site=who.site)
        return found.select_related("requester__user").order_by(order.value)

    return find


@pytest.fixture
def tickets(dana, home):
    return [factories.ticket(dana, subject=text) for text in ("First", "Second")]


def test_sql_is_built_once_for_all_values(find, built, tickets, dana, django_assert_num_queries):
    numbers = tuple(row.number for row in tickets)
    with django_assert_num_queries(4):
        for number in numbers:
            found = find(Who(dana.pk, None), (number, 1))
            assert [row.number for row in found] == [number]
            assert found[0].requester.user == dana.user
        assert find(Who(dana.pk, None), (1, 2)) == find(Who(dana.pk + 1, None), numbers) == []
    assert len(built) == 1


def test_everything_but_values_has_sql_of_its_own(find, built, tickets, dana):
    numbers = tuple(row.number for row in tickets)
    site = tickets[0].site_id
    for _time in range(2):
        assert find(Who(dana.pk, site), numbers, Order.NEWEST) == tickets[::-1]
        assert find(Who(dana.pk, site), numbers, Order.OLDEST) == tickets
        assert find(Who(dana.pk, site + 1), numbers, Order.OLDEST) == []
        assert find(Who(dana.pk, None), numbers, Order.OLDEST) == tickets
        assert find(Who(dana.pk, None), (*numbers, 1), Order.OLDEST) == tickets
        assert find(Who(dana.pk, None), (), Order.OLDEST) == []
    # Without any number, no database is asked, and nothing is kept.
    assert len(built) == 7


def test_strings_are_values_that_nothing_can_escape_from(tickets, built):
    @prepared
    def find(subject: str):
        built.append(subject)
        return Ticket.objects.filter(Q(subject=subject) | Q(subject__startswith=subject))

    assert find("First") == find("Fir") == [tickets[0]]
    assert find("' OR 1=1 --") == find("%") == find("F_rst") == find("%s") == []
    assert len(built) == 1


def test_uuids_are_values(tickets, dana, built):
    key = UUID("8e1b9bd5-6b2c-4b0e-9f0b-3c7a5f0d6f61")
    message = Message.objects.filter(ticket=tickets[0]).get()
    Message.objects.filter(pk=message.pk).update(submission_key=key)

    @prepared
    def find(submission_key: UUID):
        built.append(submission_key)
        return Message.objects.filter(submission_key=submission_key)

    assert find(key) == [message]
    assert find(UUID(int=1)) == []
    assert len(built) == 1


def test_uuids_that_users_store_in_another_way_are_left_to_their_field(db, monkeypatch):
    class Char32UUIDField(models.UUIDField):
        """As in the release notes of Django 5.0."""

        def get_db_prep_value(self, value, connection, prepared=False):
            return value.hex

    key = UUID("8e1b9bd5-6b2c-4b0e-9f0b-3c7a5f0d6f61")
    given = []

    @prepared
    def find(pk):
        given.append(pk)
        return Message.objects.filter(submission_key=pk)

    monkeypatch.setattr(get_user_model()._meta, "pk", Char32UUIDField())
    _value_types.cache_clear()
    find(key)
    monkeypatch.undo()
    _value_types.cache_clear()
    assert given == [key]


def test_related_rows_are_prefetched(tickets, dana, django_assert_num_queries):
    @prepared
    def find(number: int):
        return Ticket.objects.filter(number=number).prefetch_related("messages")

    for ticket in tickets:
        with django_assert_num_queries(2):
            [found] = find(ticket.number)
            assert len(found.messages.all()) == 1


def test_values_and_limited_rows(tickets, dana):
    @prepared
    def find(requester: int, places: range):
        found = Ticket.objects.filter(requester=requester).order_by("pk")
        return found.values_list("subject", flat=True)[places.start : places.stop]

    for _time in range(2):
        assert find(dana.pk, range(2)) == ["First", "Second"]
        assert find(dana.pk, range(1, 2)) == ["Second"]


def test_query_that_contains_a_time_is_built_each_time(tickets, dana):
    first, second = tickets

    @prepared
    def find(requester: int):
        return Ticket.objects.filter(requester=requester, opened_at__gte=recent).order_by("pk")

    recent = first.opened_at
    assert find(dana.pk) == tickets
    recent = second.opened_at
    assert find(dana.pk) == [second]


def test_threads_build_the_sql_of_a_query_one_after_the_other(dana, monkeypatch):
    running, most = 0, 0
    make = SQLCompiler.as_sql

    def as_sql(self, *args, **kwargs):
        nonlocal running, most
        running += 1
        most = max(most, running)
        sleep(0.05)
        try:
            return make(self, *args, **kwargs)
        finally:
            running -= 1

    variant = _Variant(Ticket.objects.filter(requester=dana.pk))
    monkeypatch.setattr(SQLCompiler, "as_sql", as_sql)
    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(lambda _place: variant.compiler("default"), range(4)))
    assert most == 1
    assert all(found is kept[0] for found in kept)


def test_a_router_is_asked_once_for_each_query(tickets, dana, settings):
    class Router:
        asked = 0

        def db_for_read(self, model, **hints):
            self.asked += 1

    router = Router()
    settings.DATABASE_ROUTERS = [router]

    @prepared
    def find(requester: int):
        return Ticket.objects.filter(requester=requester).order_by("pk")

    find(dana.pk)
    router.asked = 0
    assert find(dana.pk) == tickets
    assert router.asked == 1


def test_visible_tickets_follow_the_role_and_the_site_of_each_member(home, dana, acme):
    admin = factories.member(acme, role="admin")
    other = factories.member(factories.organization("Globex"), role="admin")
    own, hidden = factories.ticket(dana), factories.ticket(admin)
    private = factories.ticket(admin, private=True)

    @prepared
    def find(reader):
        return Ticket.objects.visible_to(reader).order_by("pk")

    for _time in range(2):
        for member in (dana, admin, other):
            expected = list(Ticket.objects.visible_to(member).order_by("pk"))
            assert find(member.reader) == expected
        assert find(dana.reader) == [own]
        assert find(admin.reader) == [own, hidden, private]
        admin.site_of_tickets = home.get_site().pk + 1
        assert find(admin.reader) == []
        admin.site_of_tickets = None


def test_values_of_other_types_are_part_of_the_sql(db):
    user = get_user_model().objects.create_user("sam")

    class Key(int):
        pass

    @prepared
    def find(pk):
        return get_user_model().objects.filter(pk=pk)

    assert find(Key(user.pk)) == [user]
    assert find(Key(user.pk + 1)) == []


def test_datetimes_are_values(tickets, built):
    @prepared
    def find(since):
        built.append(since)
        return Ticket.objects.filter(opened_at__gte=since).order_by("pk")

    first, second = tickets
    assert find(first.opened_at) == tickets
    assert find(second.opened_at) == [second]
    assert find(second.opened_at + timedelta(microseconds=1)) == []
    assert len(built) == 1


def test_update_changes_what_the_queryset_finds(tickets, built, django_assert_num_queries):
    @prepared_update
    def change(number: int, revision: int, **changes):
        built.append(number)
        found = Ticket.objects.filter(number=number, revision__lte=revision).order_by()
        return found, {"revision": F("revision") + 1, **changes}

    first, second = tickets
    now, key = timezone.now(), UUID("8e1b9bd5-6b2c-4b0e-9f0b-3c7a5f0d6f61")
    with django_assert_num_queries(4):
        assert change(first.number, first.revision, subject="' OR 1=1 --", closed_at=now) == 1
        assert change(first.number, first.revision, subject="Other", closed_at=now) == 0
        assert change(second.number, second.revision, submission_key=key, group=None) == 1
        assert change(second.number, 99, submission_key=None, group=None) == 1
    before = first.revision
    first.refresh_from_db()
    assert (first.subject, first.closed_at, first.revision) == ("' OR 1=1 --", now, before + 1)
    second.refresh_from_db()
    assert (second.subject, second.submission_key) == ("Second", None)
    # None isn't a value, and other columns are another statement.
    assert len(built) == 3


@pytest.mark.parametrize("number", [2**31, 2**63 - 1, 2**63, 10**30, -(2**63) - 1])
def test_numbers_that_no_row_can_have_find_nothing(tickets, number):
    @prepared
    def find(number: int):
        return Ticket.objects.filter(number=number)

    @prepared_update
    def change(number: int, **changes):
        return Ticket.objects.filter(number=number).order_by(), changes

    for _time in range(2):
        assert find(number) == []
        assert change(number, subject="New") == 0
        assert find(tickets[0].number) == [tickets[0]]
