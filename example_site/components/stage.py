"""Render components with a sample customer who only exists during the request.

The specimens come from the portal's own views, templates and forms; see the portal's ``samples``.
"""

import re
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from itertools import count

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from wagtail_portal.models import (
    HeaderLink,
    Invitation,
    JoinRequest,
    Member,
    Organization,
    PortalSettings,
    Role,
    SavedFilter,
    TicketReadState,
)
from wagtail_portal.pages.context import portal_context
from wagtail_portal.pages.layout import layout_for
from wagtail_portal.pages.preview.samples import sample_tickets
from wagtail_portal.portal_urls import find_home
from wagtail_portal.signin.scope import portal_scope

_MAIN = re.compile(r"<main\b[^>]*>(.*)</main>", re.DOTALL)
#: Attributes that refer to one or more elements of the same page by ID.
_NAMES = re.compile(
    r'(?<=[ \n])(id|for|form|aria-labelledby|aria-describedby|aria-controls)="([^"]*)"'
)
_TOOLBAR = re.compile(r"<template data-portal-toolbar>(.*?)</template>", re.DOTALL)
#: Attributes that move the focus or restore a draft.
_STARTS = re.compile(r' autofocus| data-portal-(?:error-summary|draft="[^"]*")')
#: The label of a landmark, which must be unique on a page.
_LANDMARK = re.compile(r'(<(?:nav|aside|section|form|article)\b[^>]* aria-label=")([^"]*)')


class Stage:
    """Renders specimens.

    :ivar member: the sample customer, an admin of an organization.
    :ivar tickets: the sample tickets, one in each status.
    """

    def __init__(self, request, home, member, others, tickets):
        self.request, self.home, self.tickets = request, home, tickets
        self.member, self.others = member, others
        self.settings = PortalSettings.for_site(home.get_site())
        self.settings.ask_satisfaction = True
        self._number, self._landmarks = count(1), Counter()
        self._dress(request)

    def main(self, path: str, data: dict | None = None, **headers) -> SafeString:
        """Render the main part of a portal page; ``data`` is posted to it."""
        request = self._request(self.home.get_url(self.request) + path, data, headers)
        view, args, kwargs = self.home.resolve_subpage(f"/{path.partition('?')[0]}")
        return self._main_of(view(request, *args, **kwargs).content.decode())

    def form(self, page, data: dict | None = None) -> SafeString:
        """Render the main part of a ticket form."""
        request = self._request(page.get_url(self.request), data)
        return self._main_of(page.serve(request).content.decode())

    def entrance(self, name: str, data: dict | None = None) -> SafeString:
        """Render the main part of a sign-in page."""
        request = self._request(reverse(name), data)
        request.user = AnonymousUser()
        with portal_scope(request):
            response = resolve(reverse(name)).func(request)
            html = response.render().content if hasattr(response, "render") else response.content
        return self._main_of(html.decode())

    def page(self, template: str, **context) -> SafeString:
        """Render the main part of a page that's rarely shown, from its template only."""
        return self._main_of(render_to_string(template, context, self._request("/")))

    def part(self, name: str, **context) -> SafeString:
        """Render one of the portal's partial templates, given by its path without ``.html``."""
        request = self._request("/")
        context = {"portal": self.layout(), **context}
        html = render_to_string(f"wagtail_portal/{name}.html", context, request)
        return self._apart(html)

    def atom(self, name: str, **context) -> SafeString:
        """Render one of this page's own templates, for what the portal has no template for."""
        context = {"portal": self.layout(), **context}
        return self._apart(render_to_string(f"components/atoms/{name}.html", context, self.request))

    def layout(self):
        """Return what templates know as ``portal``."""
        return layout_for(self.request)

    def _request(self, path, data=None, headers=None):
        factory = RequestFactory(
            SERVER_NAME=self.request.get_host().partition(":")[0],
            SERVER_PORT=self.request.get_port(),
        )
        make = factory.get if data is None else factory.post
        request = make(path, data, headers=headers)
        request.session = import_module(settings.SESSION_ENGINE).SessionStore()
        request._messages = FallbackStorage(request)
        request.LANGUAGE_CODE = getattr(self.request, "LANGUAGE_CODE", "en")
        self._dress(request)
        return request

    def _dress(self, request):
        portal = portal_context(request)
        portal.home = self.home
        setattr(request, PortalSettings.get_cache_attr_name(), self.settings)
        portal.act_as(self.member)
        portal.memberships = [self.member, *self.others]

    def _main_of(self, html: str) -> SafeString:
        return self._apart(_MAIN.search(html)[1])

    def _apart(self, html: str) -> SafeString:
        """Return ``html`` with unique IDs, so that it can stand next to others of its kind.

        Its forms can't be submitted, and nothing takes the focus.
        """
        mark = f"x{next(self._number)}-"
        html = _NAMES.sub(lambda found: _renamed(found, mark), html)
        html = re.sub(r'href="#(?!portal-icon)(?=\w)', f'href="#{mark}', html)
        # Show it as the script does, which only handles one form.
        html = _TOOLBAR.sub(r"\1", html)
        html = _LANDMARK.sub(self._landmark, html)
        html = html.replace('method="post"', 'method="dialog"')
        # The portal rendered it and has escaped it.
        return mark_safe(_STARTS.sub("", html))  # noqa: S308

    def _landmark(self, found) -> str:
        self._landmarks[found[2]] += 1
        times = self._landmarks[found[2]]
        return found[0] if times == 1 else f"{found[0]} ({times})"


def _renamed(found, mark: str) -> str:
    names = " ".join(f"{mark}{name}" for name in found[2].split())
    return f'{found[1]}="{names}"'


def opened(html: SafeString) -> SafeString:
    """Return ``html`` with everything expanded."""
    found = re.sub(r"<details\b(?![^>]* open)", "<details open", html)
    return mark_safe(found)  # noqa: S308 - as safe as the input


@contextmanager
def stage_for(site, request):
    """Provide a stage whose sample data are rolled back at the end."""
    with sample_tickets(site) as (member, tickets):
        yield Stage(request, find_home(site), member, _more_rows(site, member, tickets), tickets)


def _more_rows(site, member, tickets) -> list[Member]:
    """Add what the portal's own samples lack: join requests, filters, a second organization."""
    now, settings_of_site = timezone.now(), PortalSettings.for_site(site)
    role = Role.objects.get(key=Role.MEMBER)
    member.chosen_at = now
    if settings_of_site.pk:
        for label in ("Documentation", "Status"):
            HeaderLink.objects.create(
                settings=settings_of_site, label=label, url="https://sample.invalid/"
            )
    for name, days in (("soon", 5), ("late", -3)):
        Invitation.objects.create(
            organization=member.organization,
            email=f"{name}@sample.invalid",
            role=role,
            expires_at=now + timedelta(days=days),
        )
    JoinRequest.objects.create(user=member.user, organization=member.organization)
    for name, shared in (("Private", False), ("Shared", True)):
        SavedFilter.objects.create(member=member, name=name, query="tab=open", shared=shared)
    tickets[1].private = True
    tickets[4].closed_at = now
    for ticket in (tickets[1], tickets[4]):
        ticket.save()
    # The messages of the newest tickets are unread.
    member.read_until = 0
    member.save(update_fields=["read_until"])
    for ticket in tickets[2:]:
        TicketReadState.objects.create(
            ticket=ticket, member=member, read_until=ticket.last_reply_id
        )
    other = Organization.objects.create(name="Another sample")
    return [Member.objects.create(user=member.user, organization=other, role=role)]
