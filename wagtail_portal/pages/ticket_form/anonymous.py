"""A visitor who is not signed in fills a form that is open to anyone.

What they sent is kept as a :class:`~wagtail_portal.models.PendingRequest`, whose key is in their
session alone. It becomes a ticket once they have proven their address with a mailed code.
"""

from dataclasses import replace

from django.contrib import messages
from django.http import QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.actions import complete_request, request_code, save_request, save_visitor
from wagtail_portal.actions.people.provision_user import normalize_email
from wagtail_portal.exceptions import ActionError
from wagtail_portal.fields import FieldSpec
from wagtail_portal.fields.files import FilesField
from wagtail_portal.fields.form import TicketRequestForm
from wagtail_portal.fields.questions import Content, Question
from wagtail_portal.fields.steps import split
from wagtail_portal.models import PendingRequest, PortalSettings
from wagtail_portal.pages.access import open_to_visitors
from wagtail_portal.pages.context import portal_context
from wagtail_portal.pages.errors import add_to_form
from wagtail_portal.pages.form_closed import form_gone
from wagtail_portal.pages.form_context import form_context
from wagtail_portal.permissions import Actor
from wagtail_portal.signin.email_verification import client_of, member_of, sign_in
from wagtail_portal.uploads import parse_uuid

from .wizard import Wizard

SESSION_KEY = "wagtail_portal_requests"
#: Requests of one browser that it can come back to.
MAX_REQUESTS = 10
#: Seconds for which a proven address counts while its form has to be sent again.
PROVEN_FOR = 3600
EMAIL = "visitor-email"


def own_request(request, pk) -> PendingRequest | None:
    """The request with that key, if this browser began it."""
    if str(pk) not in request.session.get(SESSION_KEY, {}):
        return None
    return PendingRequest.objects.select_related("form", "ticket", "site").filter(pk=pk).first()


class VisitorForm(TicketRequestForm):
    """The form with a question for the address, which is no part of the ticket."""

    def ticket_data(self) -> dict:
        data = super().ticket_data()
        data["values"].pop(EMAIL, None)
        return data


def is_about_members(question: Question) -> bool:
    """Whether a question is about members of one's organization, of which a visitor has none."""
    return question.target == "followers" or question.spec.type == "member"


class Visit:
    """One visitor at one form; ``pending`` is what they have sent so far."""

    def __init__(self, page, request, pending: PendingRequest | None = None):
        self.page, self.request = page, request
        self.pending = pending or self._newest()

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
        """What a visitor is asked: they have no teammates, but an address."""
        items = [
            item
            for item in self.page.items
            if not (isinstance(item, Question) and is_about_members(item))
        ]
        spec = FieldSpec(
            type="email",
            label=_("Your e-mail address"),
            help_text=_("We mail a code there, to make sure that it is yours."),
            required=True,
        )
        return [*items, Question(EMAIL, EMAIL, EMAIL, spec)]

    def build(self, *args, **kwargs) -> VisitorForm:
        """The form, with what was sent or with initial values."""
        context = replace(form_context(self.request, None), find_uploads=self.find_uploads)
        form = VisitorForm(*args, items=self.items, context=context, **kwargs)
        field = form.fields[EMAIL]
        field.widget.attrs.update(autocomplete="email", autocapitalize="none", spellcheck="false")
        return form

    def find_uploads(self, ids: list[str]) -> list:
        """Those files of this visitor that are in no message yet, in the order of ``ids``."""
        keys = [key for text in ids[:100] if (key := parse_uuid(text))]
        if self.pending is None or not keys:
            return []
        found = self.pending.files.filter(message=None).in_bulk(keys)
        return [found[key] for key in dict.fromkeys(keys) if key in found]

    def initial(self) -> dict:
        """What was answered before, as initial values."""
        several = {q.name for q in self.page.question_list if q.spec.type == "choices"}
        return {
            name: values if name in several else (values[-1] if values else "")
            for name, values in self.data.items()
        }

    def show_files(self, form) -> None:
        """List the files that came before in a form that was not sent."""
        for name, field in form.fields.items():
            if isinstance(field, FilesField):
                field.widget.kept = self.find_uploads(self.data.get(f"{name}-kept", []))

    # Keeping

    def keep(self, form: VisitorForm, data: dict[str, list[str]] | None = None) -> None:
        """Keep the answers of a form, valid or not, and the files that passed.

        :raises ActionError: when a visitor cannot keep more.
        """
        given = dict(form.data.lists()) if data is None else data
        names = {*form.fields, *(f"{name}-kept" for name in form.fields)} - {"submission_key"}
        data = {name: list(values) for name, values in given.items() if name in names}
        fields = {name: f for name, f in form.fields.items() if isinstance(f, FilesField)}
        files = [file for field in fields.values() for file in field.accepted]
        for name, field in fields.items():
            data[f"{name}-kept"] = [str(upload.pk) for upload in field.widget.kept]
        uploads = self._write(data, files)
        for name, field in fields.items():
            mine, uploads = uploads[: len(field.accepted)], uploads[len(field.accepted) :]
            field.widget.kept, field.accepted = [*field.widget.kept, *mine], []
            data[f"{name}-kept"] = [str(upload.pk) for upload in field.widget.kept]
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
        self._remember()
        return uploads

    def keep_after_error(self, form: VisitorForm) -> None:
        """Keep the files of a form with errors, so that none has to be chosen twice."""
        if any(isinstance(f, FilesField) and f.accepted for f in form.fields.values()):
            try:
                self.keep(form)
            except ActionError:
                return

    def _remember(self) -> None:
        own = self.request.session.get(SESSION_KEY, {})
        own.pop(str(self.pending.pk), None)
        newest = dict(list(own.items())[-(MAX_REQUESTS - 1) :])
        self.request.session[SESSION_KEY] = {**newest, str(self.pending.pk): self.page.pk}

    # Sending

    def send(self, form: VisitorForm):
        """Take a whole form: keep it, and ask for the code. None for one with errors."""
        if not form.is_valid():
            return None
        address = form.cleaned_data[EMAIL]
        try:
            self.keep(form)
            if not self.has_proven(address):
                client = client_of(self.request)
                request_code(self.pending, address=address, client=client)
                return redirect(self.url)
        except ActionError as error:
            add_to_form(form, error, {"email": EMAIL})
            return None
        return self.complete()

    def has_proven(self, address: str) -> bool:
        """Whether the visitor has just proven the address that they give."""
        pending = self.pending
        if pending.proven_at is None or pending.address != normalize_email(address):
            return False
        return (timezone.now() - pending.proven_at).total_seconds() < PROVEN_FOR

    @property
    def url(self) -> str:
        """Where the code is typed."""
        home = portal_context(self.request).home
        return home.portal_url(self.request, "portal_request", self.pending.pk)

    def complete(self):
        """Open the ticket of a request whose address is proven, and lead on."""
        form = self.build(as_query(self.data))
        if not form.is_valid():
            messages.warning(
                self.request,
                gettext(
                    "Your address is confirmed, but the form was changed while you were away. "
                    "Please look it over and send it again."
                ),
            )
            return redirect(self.page.get_url(self.request))
        address = self.pending.address
        member = member_of(address) or save_visitor(address)
        # The same request is one ticket, however often it is sent.
        form.cleaned_data["submission_key"] = self.pending.pk
        ticket = complete_request(
            self.pending,
            by=Actor.for_member(member),
            open=lambda: self.page.open_ticket(self.request, member, form),
        )
        return self._lead_on(member, ticket)

    def _lead_on(self, member, ticket):
        """To their ticket, who has access; the others to a page with its number."""
        user = self.request.user
        if member.is_visitor or (user.is_authenticated and user != member.user):
            # Nobody becomes somebody else in the middle of a session.
            return redirect(self.url)
        home = portal_context(self.request).home
        url = home.portal_url(self.request, "portal_ticket", ticket.number)
        response = redirect(url)
        if not user.is_authenticated:
            response = sign_in(self.request, member.user, self.pending.address, url)
        opened = gettext("Ticket #%(number)s is open.") % {"number": ticket.number}
        messages.success(self.request, f"{opened} {self.page.next_words}")
        return response


def as_query(data: dict[str, list[str]]) -> QueryDict:
    """Kept answers as a browser sends them."""
    query = QueryDict(mutable=True)
    for name, values in data.items():
        query.setlist(name, values)
    return query


@open_to_visitors
def serve_visitor(request, page, *, unpublished: bool = False):
    """The form for somebody who is not signed in."""
    visit = Visit(page, request)
    if unpublished:
        return form_gone(request, page, None, visit.build(request.POST))
    if len(split(page.items)) > 1:
        wizard = VisitorWizard(page, request, visit)
        return wizard.take(visit.send) if request.method == "POST" else wizard.show()
    if request.method == "POST":
        form = visit.build(request.POST, request.FILES)
        response = visit.send(form)
        if response is None:
            visit.keep_after_error(form)
            response = page.render_form(request, form)
        return response
    form = visit.build(initial=visit.initial() or page.prefill(request))
    visit.show_files(form)
    return page.render_form(request, form)


class VisitorWizard(Wizard):
    """A form of several steps for a visitor: the address is asked in the last one."""

    def __init__(self, page, request, visit: Visit):
        self.visit = visit
        super().__init__(page, request, None)

    @property
    def items(self):
        return self.visit.items

    def _load(self):
        return self.visit.data

    def _refusal(self):
        return None

    def _find_uploads(self, ids):
        return self.visit.find_uploads(ids)

    def _keep_files(self, form):
        # They are kept with the answers.
        return

    def _keep(self, form, data):
        try:
            self.visit.keep(form, data)
        except ActionError as error:
            add_to_form(form, error)
            return
        self.saved = self.visit.data

    def _discard(self):
        # The request stays, until it is a ticket or too old.
        return

    def _build(self, *args, **kwargs):
        return self.visit.build(*args, **kwargs)
