"""A ticket form as a member fills it in, and what it shares with the form for visitors."""

from django.http import Http404, QueryDict
from django.utils.translation import gettext
from wagtail.models import Site

from wagtail_portal.actions import discard_form_draft, preview, save_form_draft
from wagtail_portal.compat import page_model
from wagtail_portal.exceptions import ActionError, NotAllowed
from wagtail_portal.fields.files import FilesField
from wagtail_portal.fields.questions import split_into_steps
from wagtail_portal.fields.submission import SUBMISSION_KEY, derive_key
from wagtail_portal.models import FormDraft, Member, Ticket
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import members_only
from wagtail_portal.pages.context import portal_context
from wagtail_portal.pages.forms import add_action_error, save_uploads
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.uploads import parse_uuid
from wagtail_portal.utils.query_params import parse_pk

from .closed import render_closed, unsent
from .preview import serve_preview
from .read_only import cannot_open_tickets
from .wizard import Wizard, as_query, build_from


class MemberDraft:
    """A member's answers to a form, and the form built from them.

    Answers to a form with several steps are saved as a :class:`~wagtail_portal.models.FormDraft`
    until they are sent. :class:`~.anonymous.AnonymousRequest` is the same for visitors.
    """

    def __init__(self, page, request, member: Member):
        self.page, self.request, self.member = page, request, member
        self.actor = Actor.for_member(member)
        self.items = page.items_for(member)
        #: Lists of texts by field name, as a browser sends them.
        self.data: dict[str, list[str]] = {}
        # Agents who view the portal as a member don't see what the member hasn't sent.
        has_steps = len(split_into_steps(page.items)) > 1 or "step" in request.GET
        if has_steps and not portal_context(request).is_read_only:
            draft = FormDraft.objects.filter(member=member, form_id=page.pk).first()
            self.data = draft.data if draft else {}

    @property
    def refusal(self) -> NotAllowed | None:
        """Why the member can't send the form."""
        return None if self.actor.may(Verb.OPEN) else NotAllowed(Verb.OPEN)

    def build(self, *args, **kwargs):
        """Build the form, with what was sent or with initial values."""
        return self.page.build_form(self.request, self.member, *args, **kwargs)

    def save_files(self, form) -> None:
        """Save the files of a form with errors, so that none has to be chosen twice."""
        save_uploads(self.request, self.member, form)

    def save(self, form) -> None:
        """Save the answers of a form, valid or not, and the files that passed.

        :raises ActionError: if the member can't save them.
        """
        self.save_files(form)
        data = {name: values for name, values in form.data.lists() if not name.endswith("-remove")}
        for name, field in form.fields.items():
            if isinstance(field, FilesField):
                data[f"{name}-kept"] = field.kept_values
        save_form_draft(self.page, by=self.actor, data=data)
        self.data = data

    def preview(self, body: str):
        """Return a description as safe HTML."""
        return preview(by=self.actor, body=body)

    def delete(self) -> None:
        """Delete the answers, because they were sent."""
        discard_form_draft(self.page, by=self.actor)


def serve_form(request, page, draft, open_ticket):
    """Show a form, or handle what was sent.

    :param draft: a :class:`MemberDraft` or :class:`~.anonymous.AnonymousRequest`.
    :param open_ticket: takes the form, and returns a response, or None for one with errors.
    """
    if "preview" in request.POST:
        return serve_preview(request, page, draft)
    if len(split_into_steps(page.items)) > 1:
        wizard = Wizard(page, request, draft)
        return wizard.handle(open_ticket) if request.method == "POST" else wizard.show()
    if request.method == "POST":
        # The form had several steps when it was opened.
        earlier = draft.data if "step" in request.GET else {}
        form = draft.build(as_query({**earlier, **dict(request.POST.lists())}), request.FILES)
        added = {
            question.name for question in form.questions
        } & earlier.keys() - request.POST.keys()
        if added or form.typed_into_removed:
            form.add_error(None, has_changed())
        response = open_ticket(form)
        if response is None:
            draft.save_files(form)
            response = page.render_form(request, form)
        return response
    kept = drafts.load(request, request.path)
    form = build_from(draft, {**draft.data, **kept}, page.prefill(request))
    return page.render_form(request, form, restored=drafts.notice(request, request.path))


def has_changed() -> str:
    """Return what to say about answers to a form that an editor has changed since."""
    return gettext("The form has changed in the meantime. Check your answers and send it again.")


@members_only
def serve_unpublished(request, page, member):
    """Give back what was typed while an editor took the form offline."""
    if not page.is_for(member):
        raise Http404
    typed = request.POST if request.method == "POST" else unsent(request)
    form = page.build_form(request, member, typed)
    return render_closed(request, page, member, form)


@members_only
def serve_member(request, page, member):
    """Show the form to a member, or open a ticket with what was sent."""
    if not page.is_for(member):
        raise Http404
    if not Actor.for_member(member).may(Verb.OPEN):
        typed = request.POST if request.method == "POST" else None
        typed = typed or unsent(request)
        form = page.build_form(request, member, typed) if typed else None
        return cannot_open_tickets(request, page, member, form)
    if request.method == "POST":
        portal_context(request).submission_key = request.POST.get(SUBMISSION_KEY, "")
        request.POST = with_key(request.POST, member)

    def open_ticket(form):
        if not form.is_valid():
            return _sent_before(request, page, member)
        try:
            ticket = page.open_ticket(request, member, form)
        except ActionError as error:
            add_action_error(form, error, page.field_names(form))
            return None
        return page.confirm(request, ticket)

    draft = MemberDraft(page, request, member)
    # Checked after the draft was read: if it is gone by then, it belongs to a ticket.
    if request.method == "POST" and len(split_into_steps(page.items)) > 1:
        response = _sent_before(request, page, member)
        if response is not None:
            return response
    return serve_form(request, page, draft, open_ticket)


def with_key(data: QueryDict, member: Member) -> QueryDict:
    """Return ``data`` with a submission key that depends on the answers, so that another text sent
    with the same form opens another ticket.

    An embedded form has no key of its own: a cache may store its page, and with it one key for many
    tickets.
    """
    if not data.get(SUBMISSION_KEY) and "source" not in data:
        return data
    keyed = data.copy()
    keyed[SUBMISSION_KEY] = str(derive_key(data, owner=member.pk))
    return keyed


def _sent_before(request, page, member):
    """Answer a form that the member has sent already. Its files and its draft are in the ticket by
    now, so that it would seem incomplete."""
    key = parse_uuid(request.POST.get(SUBMISSION_KEY, ""))
    # Also one that they opened for a teammate; the key depends on who sends the form.
    found = key and Ticket.objects.visible_to(member).filter(submission_key=key).first()
    return page.confirm(request, found) if found else None


def find_source(request, pk: str):
    """Return the live page of this site with that primary key, or None.

    The browser says in which page the form was embedded. That informs the team, and gives access
    to nothing.
    """
    site, key = Site.find_for_request(request), parse_pk(pk)
    if site is None or key is None:
        return None
    return page_model().objects.live().public().in_site(site).filter(pk=key).first()
