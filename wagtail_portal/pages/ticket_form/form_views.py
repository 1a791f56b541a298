"""A ticket form as a member fills it."""

from django.http import Http404

from wagtail_portal.exceptions import ActionError
from wagtail_portal.fields.steps import split
from wagtail_portal.models import Ticket
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import members_only
from wagtail_portal.pages.errors import add_to_form
from wagtail_portal.pages.form_closed import FORM_MARK, form_gone
from wagtail_portal.pages.uploads import keep_after_error
from wagtail_portal.uploads import parse_uuid

from .embedding import with_key
from .wizard import Wizard


@members_only
def serve_unpublished(request, page, member):
    """Somebody filled the form while an editor took it offline."""
    if not page.is_for(member):
        raise Http404
    form = page.build_form(request, member, request.POST)
    return form_gone(request, page, member, form)


@members_only
def serve_member(request, page, member):
    """The form for one of the customers."""
    if not page.is_for(member):
        raise Http404
    if request.method == "POST":
        request.POST = with_key(request.POST, member)

    def open_ticket(form):
        if not form.is_valid():
            return _sent_before(request, page, member)
        try:
            ticket = page.open_ticket(request, member, form)
        except ActionError as error:
            add_to_form(form, error, page.field_names(form))
            return None
        return page.confirm(request, ticket)

    if len(split(page.items)) > 1:
        wizard = Wizard(page, request, member)
        if request.method != "POST":
            return wizard.show()
        # Asked after the draft was read: one that is gone by then belongs to a ticket.
        return _sent_before(request, page, member) or wizard.take(open_ticket)
    if request.method == "POST":
        form = page.build_form(request, member, request.POST, request.FILES)
        response = open_ticket(form)
        if response is None:
            keep_after_error(request, member, form)
            response = page.render_form(request, form)
        return response
    kept = drafts.initial(request, request.path)
    form = page.build_form(request, member, initial=kept or page.prefill(request))
    return page.render_form(request, form, restored=bool(kept))


def _sent_before(request, page, member):
    """The answer to a form that the member has sent already: its files and its draft are in
    the ticket by now, so that it would seem incomplete."""
    key = parse_uuid(request.POST.get(FORM_MARK, ""))
    mine = Ticket.objects.visible_to(member).filter(requester=member)
    found = key and mine.filter(submission_key=key).first()
    return page.confirm(request, found) if found else None
