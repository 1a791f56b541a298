"""Merge a ticket into another one, or change its requester."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from wagtail_portal import actions
from wagtail_portal.actions.tickets.merge_tickets import (
    are_of_strangers,
    different_visitors,
    no_closed_status,
    who_follows,
)
from wagtail_portal.desk.autocomplete import find_requester, member_label, search_rows
from wagtail_portal.models import Member, State, Status, TicketField
from wagtail_portal.permissions import Verb, tickets_for_team
from wagtail_portal.search import Query, backend, corrected_query
from wagtail_portal.uploads import save_form_files
from wagtail_portal.utils.query_params import pk_in
from wagtail_portal.utils.sent_forms import confirm_sent

from .composer import ComposerMixin, KeepsTextMixin
from .confirmation_views import FOUND, Choice, ConfirmationView, names_of


class MergeView(KeepsTextMixin, ComposerMixin, ConfirmationView):
    """Merges the ticket into another one of the same organization, and can add a note there."""

    permission_required = "merge"
    name, parameter, action = "merge", "into", "merge_tickets"
    page_title = button_label = _("Merge")
    search_label = _("Number or words from the ticket to keep")
    #: The ticket to keep, and the form for a note.
    into = note = None

    def post(self, request, *args, **kwargs):
        self.into = self.find(pk_in(request.POST, self.parameter))
        form = self.note_form(request.POST, request.FILES)
        if form is None:
            return super().post(request, *args, **kwargs)
        if self.into is None and self.body:
            # It was deleted in the meantime.
            return self.give_text_back()
        if response := self.help_writing(form):
            return response
        if not form.is_valid():
            return self.show_errors(form)
        return super().post(request, *args, **kwargs)

    def note_form(self, data=None, files=None):
        """Return the form for the note; None if the agent can't write any."""
        if not self.actor.may(Verb.NOTE):
            return None
        self.note = self.build_form("note", data, files)
        self.note.needs_message = False
        # Nothing but the text is used: what else is chosen here is about the other ticket.
        self.note.changes_of = lambda reply: {}
        return self.note

    @property
    def message(self) -> str:
        return "note"

    @property
    def written_to(self):
        return self.into or self.object

    def show_errors(self, form):
        """Show the page with the errors of the note."""
        return self.render_step(self.into)

    def refuse_locked(self):
        return self.give_text_back() if self.body else super().refuse_locked()

    def render_step(self, chosen, errors=(), **context):
        note = None
        if chosen and (note := self.note or self.note_form()):
            save_form_files(note, by=self.actor, site=self.object.site)
        urls = {name: self.url(name) for name in ("upload", "saved_replies")}
        return super().render_step(chosen, errors, form=note, urls=urls, **context)

    def _tickets(self):
        return tickets_for_team(self.request.user).exclude(pk=self.object.pk)

    def find(self, pk):
        return self._tickets().select_related("status").filter(pk=pk).first() if pk else None

    def search(self, typed):
        same = self._tickets().filter(
            organization_id=self.object.organization_id, merged_into__isnull=True
        )
        if self.object.organization.is_for_visitors:
            same = same.filter(requester_id=self.object.requester_id)
        query = Query.parse(typed, TicketField.cached())
        if query.number is not None:
            # Also a ticket of another organization: the page says why it can't be chosen.
            same = self._tickets().filter(number=query.number)
        elif query:
            used = corrected_query(same, query, notes=True)
            same = backend().find(same, used, notes=True)
        found = same.select_related("status", "requester__user").defer("values", "answers")
        return [
            Choice(row.pk, str(row), f"{row.requester.name} · {row.status.name}")
            for row in found.order_by("-updated_at", "-pk")[:FOUND]
        ]

    def effects(self, into):
        ticket = self.object
        if ticket.organization_id != into.organization_id:
            text = gettext("The tickets belong to different organizations. Move one of them first.")
            return [{"text": text, "is_refusal": True}]
        if into.merged_into_id is not None:
            text = gettext(
                "This ticket has itself been merged into another ticket. Choose that one."
            )
            return [{"text": text, "is_refusal": True}]
        if are_of_strangers(ticket, into):
            return [{"text": different_visitors(), "is_refusal": True}]
        if not ticket.status.is_closed and Status.objects.first_of(State.CLOSED) is None:
            return [{"text": no_closed_status(), "is_refusal": True}]
        names = names_of(who_follows(ticket, into).select_related("user"))
        closed = gettext("%(ticket)s will be closed and locked, with a link to the other ticket.")
        keep = gettext("Both tickets keep their conversations. Nothing is copied or deleted.")
        found = [{"text": closed % {"ticket": ticket}}, {"text": keep}]
        if names:
            text = gettext("These people will follow %(ticket)s and be able to read it:")
            found.append({"text": text % {"ticket": into}, "names": names})
        return [*found, {"text": gettext("This can’t be undone.")}]

    def perform(self, into):
        note, form = None, self.note
        if form is not None and not form.is_empty:
            note = {"saved_replies": form.used, **form.cleaned_data}
        ticket = actions.merge_tickets(self.object, by=self.actor, into=into, note=note)
        if form is not None:
            confirm_sent(self.request, form.sent_key)
        text = gettext("%(merged)s was merged into this ticket.")
        messages.success(self.request, text % {"merged": self.object})
        return ticket


class RequesterView(ConfirmationView):
    """Makes another member the requester, which can move the ticket to their organization."""

    name, parameter, action = "requester", "member", "change_requester"
    page_title = _("Change requester or organization")
    search_label = _("Name, email address or organization of the new requester")
    button_label = _("Change requester")

    def find(self, pk):
        return find_requester(self.request.user, pk, exclude=self.object.requester_id)

    def search(self, typed):
        found = search_rows("requester", self.request.user, typed)
        others = found.exclude(pk=self.object.requester_id)
        return [
            Choice(row.pk, row.name, f"{row.email} · {row.organization.name}")
            for row in others[:FOUND]
        ]

    def effects(self, member):
        ticket, old = self.object, self.object.requester
        moves = member.organization_id != ticket.organization_id
        followers = set() if moves else ticket.participant_ids()
        before = self._readers(ticket.organization, ticket.participant_ids())
        after = self._readers(member.organization, {member.pk, *followers})
        found = [
            {"text": gettext("%(name)s will be the requester.") % {"name": member_label(member)}}
        ]
        if moves:
            text = gettext(
                "The ticket will move from %(old)s to %(new)s with its whole conversation."
            )
            values = {"old": ticket.organization.name, "new": member.organization.name}
            found.append({"text": text % values})
        else:
            text = gettext("%(name)s will follow the ticket.")
            found.append({"text": text % {"name": old.name}})
        changes = (
            (gettext("These people will be able to see the ticket:"), after, before),
            (gettext("These people will no longer be able to see the ticket:"), before, after),
        )
        for text, some, others in changes:
            known = {row.user_id for row in others}
            if names := names_of([row for row in some if row.user_id not in known]):
                found.append({"text": text, "names": names})
        return found

    def _readers(self, organization, participants):
        private = self.object.private
        found = Member.objects.readers(organization, private=private, participants=participants)
        return list(found)

    def perform(self, member):
        moves = member.organization_id != self.object.organization_id
        action = actions.move_ticket if moves else actions.change_requester
        ticket = action(self.object, by=self.actor, requester=member)
        text = (
            gettext("The ticket was moved to %(organization)s. %(name)s is now the requester.")
            if moves
            else gettext("%(name)s is now the requester.")
        )
        values = {"name": member.name, "organization": member.organization.name}
        messages.success(self.request, text % values)
        return ticket
