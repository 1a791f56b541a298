"""A form that is open to anyone, for someone who isn't signed in.

What they send is a :class:`~wagtail_portal.models.PendingRequest`, whose key only their session
has. It becomes a ticket once they have verified their email address with a code.
"""

from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import Any, cast

from django.contrib import messages
from django.http import QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.models import Site

from wagtail_portal.actions import (
    complete_request,
    preview,
    request_code,
    save_request,
    save_visitor,
)
from wagtail_portal.actions.people.provision_user import normalize_email
from wagtail_portal.exceptions import ActionError
from wagtail_portal.fields import FieldSpec
from wagtail_portal.fields.files import FilesField
from wagtail_portal.fields.form import TicketRequestForm
from wagtail_portal.fields.questions import Content, Question
from wagtail_portal.models import PendingRequest, PortalSettings
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import open_to_visitors, sign_in_first
from wagtail_portal.pages.context import portal_context
from wagtail_portal.pages.forms import add_action_error, form_context
from wagtail_portal.permissions import Actor
from wagtail_portal.signin.browsers import client_of, known_browser, remember_browser
from wagtail_portal.signin.email_verification import member_of, sign_in
from wagtail_portal.uploads import uploads_in_order

from .closed import VISITOR_EMAIL, VISITOR_NAME, render_closed, unsent
from .form_views import serve_form
from .wizard import as_query

SESSION_KEY = "wagtail_portal_requests"
#: Requests that a browser can come back to.
MAX_REQUESTS = 10
#: Seconds for which an address stays verified while its form has to be sent again.
VERIFIED_SECONDS = 3600


def own_request(request, pk) -> PendingRequest | None:
    """Return the request with that key, if it was begun in this browser."""
    if str(pk) not in request.session.get(SESSION_KEY, {}):
        return None
    return PendingRequest.objects.select_related("form", "ticket", "site").filter(pk=pk).first()


class VisitorForm(TicketRequestForm):
    """The form with questions for name and email address, which aren't part of the ticket."""

    #: Whether the form offers to sign in.
    offers_sign_in = True

    def ticket_data(self) -> dict:
        data = super().ticket_data()
        for name in (VISITOR_NAME, VISITOR_EMAIL):
            data["values"].pop(name, None)
        return data


def is_about_members(question: Question) -> bool:
    """Return whether a question is about members of one's organization; a visitor has none."""
    return question.target in ("followers", "private", "teammate") or question.spec.type == "member"


class AnonymousRequest:
    """A visitor's answers to a form, and the form built from them.

    :class:`~.form_views.MemberDraft` is the same for members.

    :param pending: what the visitor has sent so far; by default, what this browser sent last.
    """

    #: Visitors may send every form that is open to them.
    refusal = None

    def __init__(self, page, request, pending: PendingRequest | None = None):
        self.page, self.request = page, request
        self.pending: Any = pending or self._newest()

    def _newest(self) -> PendingRequest | None:
        own = self.request.session.get(SESSION_KEY, {})
        keys = [pk for pk, form_id in own.items() if form_id == self.page.pk]
        found = PendingRequest.objects.filter(pk__in=keys, ticket=None)
        return found.order_by("-updated_at").first() if keys else None

    @property
    def data(self) -> dict[str, list[str]]:
        """The answers so far, as a browser sends them."""
        return self.pending.data if self.pending else {}

    @cached_property
    def items(self) -> list[Question | Content]:
        """What a visitor is asked: they have no teammates, but a name and an email address."""
        items = [
            item
            for item in self.page.items_for(None)
            if not (isinstance(item, Question) and is_about_members(item))
        ]
        spec = FieldSpec(
            type="email",
            label=_("Your email address"),
            help_text=_("We’ll email you a code to check that the address is yours."),
            required=True,
        )
        return [
            *items,
            Question(VISITOR_NAME, VISITOR_NAME, VISITOR_NAME, FieldSpec("text", _("Your name"))),
            Question(VISITOR_EMAIL, VISITOR_EMAIL, VISITOR_EMAIL, spec),
        ]

    def build(self, *args, **kwargs) -> VisitorForm:
        """Build the form, with what was sent or with initial values."""
        context = replace(form_context(self.request, None), find_uploads=self.find_uploads)
        form = VisitorForm(*args, items=self.items, context=context, **kwargs)
        field = form.fields[VISITOR_EMAIL]
        field.widget.attrs.update(autocomplete="email", autocapitalize="none", spellcheck="false")
        form.fields[VISITOR_NAME].widget.attrs["autocomplete"] = "name"
        form.offers_sign_in = not self.request.user.is_authenticated
        return form

    def find_uploads(self, ids: list[str]) -> list:
        """Return the files that the visitor uploaded, in the order of ``ids``."""
        if self.pending is None:
            return []
        return uploads_in_order(self.pending.files.all(), ids)

    def save(self, form: VisitorForm) -> None:
        """Save the answers of a form, valid or not, and the files that passed.

        :raises ActionError: if a visitor can't save more.
        """
        names = {*form.fields, *(f"{name}-kept" for name in form.fields)} - {"submission_key"}
        data = {
            name: list(values)
            for name, values in cast(QueryDict, form.data).lists()
            if name in names
        }
        fields = {name: f for name, f in form.fields.items() if isinstance(f, FilesField)}
        files = [file for field in fields.values() for file in field.accepted]
        for name, field in fields.items():
            data[f"{name}-kept"] = field.kept_values
        uploads = iter(self._write(data, files))
        for name, field in fields.items():
            field.widget.kept = [*field.widget.kept, *islice(uploads, len(field.accepted))]
            field.accepted = []
            data[f"{name}-kept"] = field.kept_values
        if files:
            self._write(data, [])

    def _write(self, data, files) -> list:
        self.pending, uploads = save_request(
            self.page,
            site=PortalSettings.current(self.request).site,
            client=client_of(self.request),
            data=data,
            files=files,
            request=self.pending,
        )
        pk, limit = str(self.pending.pk), MAX_REQUESTS
        drafts.remember(self.request, SESSION_KEY, pk, self.page.pk, limit=limit)
        return uploads

    def save_files(self, form: VisitorForm) -> None:
        """Save the files of a form with errors, so that none has to be chosen twice."""
        if any(isinstance(f, FilesField) and f.accepted for f in form.fields.values()):
            with suppress(ActionError):
                self.save(form)

    def preview(self, body: str):
        """Return a description as safe HTML."""
        return preview(by=None, client=client_of(self.request), body=body)

    def delete(self) -> None:
        """Do nothing: the request stays until it is a ticket, or too old."""

    def send(self, form: VisitorForm):
        """Save a complete form and send a code; return None for a form with errors."""
        if not form.is_valid():
            return None
        address = form.cleaned_data[VISITOR_EMAIL]
        try:
            self.save(form)
            if not self.has_verified(address):
                request_code(
                    self.pending,
                    address=address,
                    client=client_of(self.request),
                    browser=known_browser(self.request, normalize_email(address)),
                )
                return redirect(self.url)
            return self.complete()
        except ActionError as error:
            add_action_error(form, error, {"email": VISITOR_EMAIL})
            return None

    def has_verified(self, address: str) -> bool:
        """Return whether the visitor has just verified this email address."""
        pending = self.pending
        if pending.proven_at is None or pending.address != normalize_email(address):
            return False
        return (timezone.now() - pending.proven_at).total_seconds() < VERIFIED_SECONDS

    @property
    def url(self) -> str:
        """Where the code is entered."""
        home = portal_context(self.request).home
        return home.portal_url(self.request, "portal_request", self.pending.pk)

    def complete(self):
        """Open the ticket of a request whose address is verified, and redirect."""
        form = self.build(as_query(self.data))
        if not form.is_valid() or form.typed_into_removed:
            messages.warning(
                self.request,
                gettext(
                    "Your email address is verified, but the form has changed in the meantime. "
                    "Check your answers and send it again."
                ),
            )
            return redirect(self.page.get_url(self.request))
        address = self.pending.address
        site = Site.find_for_request(self.request)
        name = form.cleaned_data.get(VISITOR_NAME, "")
        member = member_of(address, site=site) or save_visitor(address, name=name)
        # A request makes one ticket, however often it is sent.
        form.cleaned_data["submission_key"] = self.pending.pk
        ticket = complete_request(
            self.pending,
            by=Actor.for_member(member),
            open=lambda: self.page.open_ticket(self.request, member, form),
        )
        response = self._redirect(member, ticket)
        remember_browser(self.request, response, address)
        return response

    def _redirect(self, member, ticket):
        """Redirect members with access to their ticket, and others to a page with its number."""
        user = self.request.user
        if member.is_visitor or (user.is_authenticated and user != member.user):
            # A session never changes its user.
            return redirect(self.url)
        home = portal_context(self.request).home
        url = home.portal_url(self.request, "portal_ticket", ticket.number)
        response = redirect(url)
        if not user.is_authenticated:
            response = sign_in(self.request, member.user, self.pending.address, url)
        opened = gettext("Ticket #%(number)s was opened.") % {"number": ticket.number}
        messages.success(self.request, f"{opened} {self.page.confirmation_text}")
        return response


@open_to_visitors
def serve_visitor(request, page, *, unpublished: bool = False):
    """Show the form to someone who isn't signed in, or handle what they sent."""
    draft = AnonymousRequest(page, request)
    if unpublished:
        typed = request.POST if request.method == "POST" else unsent(request)
        return render_closed(request, page, None, draft.build(typed))
    if request.POST.get("go") == "sign-in":
        return sign_in_first(request, draft.data)
    return serve_form(request, page, draft, draft.send)
