"""Views that take the forms on a ticket's screen: each calls one action and returns."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin import messages
from wagtail.admin.utils import get_user_display_name

from wagtail_portal import actions
from wagtail_portal.desk.views import add_errors
from wagtail_portal.exceptions import Conflict, Invalid, Locked
from wagtail_portal.models import AfterSending, Guest, SuggestedFollower, TicketLogEntry
from wagtail_portal.permissions import Verb, tickets_for_team
from wagtail_portal.uploads import save_form_files
from wagtail_portal.utils.humanize import comma_list
from wagtail_portal.utils.query_params import pk_in

from .detail_view import PARTS, TicketScreen

LOCKED = gettext_lazy("This ticket was merged into another ticket and is locked.")

#: The log entries that change what each key of a conflict names; all others change fields.
CHANGED_BY = {
    "status": ["change_status", "close_ticket", "reopen_ticket"],
    "assignee": ["assign"],
    "group": ["assign"],
    "subject": ["change_subject"],
}


def joined(url: str, more: str) -> str:
    """Return a URL with more parameters or a fragment."""
    return url + (more.replace("?", "&", 1) if "?" in url else more)


class TicketFormView(TicketScreen):
    """Takes one of the forms. If it has errors, the screen shows them."""

    #: The name of the form in ``TicketScreen.FORMS``, and of the URL.
    name = ""

    def get(self, request, *args, **kwargs):
        return redirect(self.url("edit"))

    def post(self, request, *args, **kwargs):
        verb, action = self.FORMS[self.name]
        if not self.actor.may(verb):
            raise PermissionDenied
        if not self.can_do(verb, action):
            messages.error(request, LOCKED)
            return redirect(self.url("edit"))
        return self.process(self.build_form(self.name, request.POST, request.FILES))

    def process(self, form):
        """Perform the action and redirect, or show the errors."""
        if form.is_valid():
            # What comes next is decided before the ticket leaves the list.
            destination = self.destination()
            try:
                fragment = self.perform(form) or ""
            except Invalid as error:
                add_errors(form, error)
            except Conflict as conflict:
                self.show_conflicts(conflict, [form])
            except Locked:
                form.add_error(None, LOCKED)
            else:
                return redirect(destination or joined(self.url("edit"), fragment))
        messages.validation_error(
            self.request, gettext("Nothing was sent. See the errors below."), form
        )
        return self.show_errors(form)

    def destination(self) -> str | None:
        """Return where to go after saving, and remember the choice; None to stay."""
        then = self.request.POST.get("then")
        if self.queue is None or then not in AfterSending.values:
            return None
        actions.change_agent_preferences(by=self.actor, after_sending=then)
        if then == AfterSending.STAY:
            # Read now, for the URL of the screen.
            _known = self.queue.next_pk
            return None
        if then == AfterSending.NEXT and (url := self.queue.next_url):
            return url
        return self.queue.list_url()

    @property
    def leaves(self) -> bool:
        """Whether the agent goes on to something else after saving."""
        return self.queue is not None and self.request.POST.get("then") in (
            AfterSending.NEXT,
            AfterSending.LIST,
        )

    def show_conflicts(self, conflict: Conflict, shown: list) -> None:
        """Show at each field who changed it to what."""
        for form in shown:
            names = getattr(form, "names", form.fields)
            current = {key: value for key, value in conflict.current.items() if key in names}
            if current:
                form.show_conflicts(current, self.who_changed(next(iter(current))))

    def who_changed(self, key: str) -> str:
        """Return the name of who changed the status, a field … last."""
        names = [f"wagtail_portal.{name}" for name in CHANGED_BY.get(key, ["change_fields"])]
        entries = TicketLogEntry.objects.filter(ticket=self.object, action__in=names)
        entry = entries.select_related("user").order_by("-pk").first()
        return entry.user_display_name if entry and entry.user_id else gettext("Someone else")

    def show_errors(self, form, **context):
        """Render the screen with the form as it was sent, its errors, and the files that passed."""
        save_form_files(form, by=self.actor, site=self.object.site)
        return self.render(**{self.name: form}, **context)

    def perform(self, form) -> str | None:
        """Call the action and show a message; may return what the URL after it ends with."""
        raise NotImplementedError

    def show_message(self, show, text: str) -> None:
        """Show a message after the redirect, with a link to the ticket if that's elsewhere."""
        buttons = []
        if self.leaves:
            label = gettext("Ticket #%(number)s") % {"number": self.object.number}
            buttons = [messages.button(self.url("edit"), label)]
        show(self.request, text, buttons=buttons)

    def show_success(self, text: str) -> None:
        """Show that it worked, and what's next."""
        self.show_message(messages.success, text)
        then = self.request.POST.get("then")
        if self.leaves and then == AfterSending.NEXT and not (self.queue and self.queue.next_pk):
            messages.success(self.request, gettext("That was the last ticket in this list."))


class SaveView(TicketFormView):
    """Saves what the agent changed of the ticket's status, assignment, fields and followers.

    Only the parts that are sent are saved. A script sends each change by itself and gets JSON:
    ``text`` says what was saved, ``values`` are hidden fields to update, ``errors`` are lists of
    messages by form field.
    """

    name = "save"

    def post(self, request, *args, **kwargs):
        sent = [*request.POST, *request.FILES]
        if not any(self.actor.may(self.FORMS[name][0]) for name in PARTS):
            raise PermissionDenied
        parts = [name for name in PARTS if any(key.startswith(f"{name}-") for key in sent)]
        for name in parts:
            verb, action = self.FORMS[name]
            if not self.actor.may(verb):
                raise PermissionDenied
            if not self.can_do(verb, action):
                return self.refuse_locked()
        forms = {name: self.build_form(name, request.POST, request.FILES) for name in parts}
        # Each of them is validated, so that all errors are shown at once.
        if {form.is_valid() for form in forms.values()} <= {True}:
            destination = self.destination()
            try:
                saved = self.save(forms)
            except Invalid as error:
                self.add_errors(error, forms)
            except Conflict as conflict:
                self.show_conflicts(conflict, [*forms.values()])
            except Locked:
                return self.refuse_locked()
            else:
                return self.show_saved(saved, destination)
        if self.wants_json:
            return self.json_errors(forms)
        messages.error(request, gettext("Nothing was saved. See the errors below."))
        for form in forms.values():
            save_form_files(form, by=self.actor, site=self.object.site)
        return self.render(**forms)

    @property
    def wants_json(self) -> bool:
        """Whether the script asks, and not the browser."""
        return self.request.headers.get("Accept") == "application/json"

    def refuse_locked(self):
        if self.wants_json:
            return JsonResponse({"errors": {"": [str(LOCKED)]}})
        messages.error(self.request, LOCKED)
        return redirect(self.url("edit"))

    def save(self, forms: dict) -> list[str]:
        """Save the changes and return what was saved, as sentences."""
        arguments: dict[str, Any] = {}
        saved = []
        if "status" in forms and (changes := forms["status"].changes):
            arguments["status"] = {**changes, "original": forms["status"].originals.get("status")}
            name = changes["status"].name
            saved.append(gettext("Status changed to “%(status)s”.") % {"status": name})
        if "assign" in forms and (changes := forms["assign"].changes):
            arguments["assignment"] = {**changes, "original": forms["assign"].originals}
            saved.append(self.assignment_text(forms["assign"].cleaned_data))
        if "fields" in forms and forms["fields"].changes:
            arguments["fields"] = forms["fields"].arguments
            saved.append(gettext("Ticket fields saved."))
        if "followers" in forms:
            added, removed = forms["followers"].cleaned_data["add"], forms["followers"].removed
            arguments |= {"followers": added, "former_followers": removed}
            if added or removed:
                saved.append(gettext("Followers saved."))
        if saved:
            actions.update_ticket(self.object, by=self.actor, **arguments)
        return saved

    def assignment_text(self, data: dict) -> str:
        """Return who the ticket is assigned to now."""
        names = [get_user_display_name(data["assignee"])] if data["assignee"] else []
        names += [data["group"].name] if data["group"] else []
        if not names:
            return gettext("The ticket is no longer assigned to anyone.")
        text = gettext("The ticket is now assigned to %(name)s.")
        return text % {"name": comma_list(names)}

    def add_errors(self, error: Invalid, forms: dict) -> None:
        """Show each error in the form that has the field."""
        unknown = dict(error.errors)
        for form in forms.values():
            names = getattr(form, "names", form.fields)
            found = {name: unknown.pop(name) for name in list(unknown) if name in names}
            if found:
                add_errors(form, Invalid(found))
        if unknown:
            # The action knows followers as members.
            add_errors(forms.get("followers") or next(iter(forms.values())), Invalid(unknown))

    def show_saved(self, saved: list[str], destination: str | None):
        """Show what was saved."""
        text = " ".join(saved) or gettext("There was nothing to save.")
        if not self.wants_json:
            self.show_success(text)
            return redirect(destination or self.url("edit"))
        # As a new screen would have them.
        self.object = self.get_object()
        self.__dict__.pop("specs", None)
        status = render_to_string("wagtail_portal/desk/status.html", {"status": self.object.status})
        return JsonResponse({"text": text, "values": self.hidden_values(), "status": status})

    def hidden_values(self) -> dict[str, str]:
        """Return the hidden fields with the original values, by name."""
        found = {}
        for name in ("status", "assign", "fields", "reply"):
            if self.can_do(*self.FORMS[name]):
                form = self.build_form(name)
                for field in form.hidden_fields():
                    if field.name.endswith(("_was", "original")):
                        found[field.html_name] = str(field.value())
        return found

    def json_errors(self, forms: dict):
        """Return the errors by the names that the form's fields have in HTML."""
        errors: dict = {}
        values = {}
        for form in forms.values():
            for name, messages_of_field in form.errors.items():
                key = form[name].html_name if name in form.fields else ""
                errors[key] = [*errors.get(key, []), *map(str, messages_of_field)]
            for field in form.hidden_fields():
                if field.name.endswith(("_was", "original")):
                    values[field.html_name] = str(field.value())
        return JsonResponse({"errors": errors, "values": values})


class LinkView(TicketFormView):
    name = "link"

    def perform(self, form):
        target, kind = form.cleaned_data["target"], form.cleaned_data["kind"]
        actions.link_tickets(self.object, by=self.actor, target=target, kind=kind)
        self.show_success(gettext("Tickets linked."))


class UnlinkView(TicketScreen):
    """Removes the links between the ticket and another one."""

    def get(self, request, *args, **kwargs):
        return redirect(self.url("edit"))

    def post(self, request, *args, **kwargs):
        if not self.actor.may(Verb.CHANGE):
            raise PermissionDenied
        pk = pk_in(request.POST, "target")
        target = tickets_for_team(request.user).filter(pk=pk).first()
        if target is not None:
            actions.unlink_tickets(self.object, by=self.actor, target=target)
            messages.success(request, gettext("Tickets unlinked."))
        return redirect(self.url("edit"))


class UnshareView(TicketScreen):
    """Ends the access of someone outside with whom the ticket was shared."""

    def get(self, request, *args, **kwargs):
        return redirect(self.url("edit"))

    def post(self, request, *args, **kwargs):
        if not self.actor.may(Verb.CHANGE):
            raise PermissionDenied
        guests = Guest.objects.filter(ticket=self.object, pk=pk_in(request.POST, "guest"))
        # With a double click, it's gone already.
        for guest in guests:
            actions.unshare_ticket(guest, by=self.actor)
            words = gettext("%(email)s no longer has access to this ticket.")
            messages.success(request, words % {"email": guest.email})
        return redirect(self.url("edit"))


class SuggestionView(TicketScreen):
    """Adds a suggested follower, or dismisses the suggestion."""

    def get(self, request, *args, **kwargs):
        return redirect(self.url("edit"))

    def post(self, request, *args, **kwargs):
        if not self.actor.may(Verb.CHANGE):
            raise PermissionDenied
        key = pk_in(request.POST, "follow") or pk_in(request.POST, "dismiss")
        found = SuggestedFollower.objects.to_decide(self.object).filter(member=key).first()
        if found is None:
            # Decided already, for example by a double click.
            return redirect(self.url("edit"))
        if "follow" in request.POST:
            if not self.can_do(Verb.CHANGE, "follow"):
                return self.refuse_locked()
            actions.follow(self.object, by=self.actor, member=found.member)
            words = gettext("%(name)s is now following this ticket.")
            messages.success(request, words % {"name": found.member.name})
        else:
            actions.dismiss_suggestion(self.object, by=self.actor, member=found.member)
        return redirect(self.url("edit"))


class SubjectView(TicketFormView):
    name = "subject"

    def perform(self, form):
        if changes := form.changes:
            original = form.originals.get("subject")
            actions.change_subject(self.object, by=self.actor, original=original, **changes)
        self.show_success(gettext("Subject changed."))
