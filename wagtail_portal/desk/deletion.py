"""What depends on a user, a site or a page that is about to be deleted, and what to do instead."""

from typing import Any, cast

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from wagtail.admin import messages
from wagtail.admin.views.pages import delete
from wagtail.sites.views import DeleteView

from wagtail_portal.compat import WAGTAIL_8, AbstractPage, page_model
from wagtail_portal.models import Message, Ticket, display_name
from wagtail_portal.permissions import Verb
from wagtail_portal.portal_urls import form_pages, page_models
from wagtail_portal.utils.humanize import comma_list
from wagtail_portal.utils.questions import ask

#: At most this many are named.
NAMED = 10
#: Wagtail's question before a page is deleted.
delete_page_view = delete.DeleteView.as_view() if WAGTAIL_8 else delete.delete


# -- Users ---------------------------------------------------------------------------------------


def check_user(request, user):
    """Refuse to delete a user who has opened tickets, and say what depends on an agent: a
    ``before_delete_user`` hook."""
    if _requesters([user]):
        messages.error(
            request,
            gettext(
                "This user has opened tickets and can’t be deleted. Make the user inactive instead."
            ),
        )
        return redirect("wagtailusers_users:edit", user.pk)
    if request.method != "POST" and (text := describe_agent(user)):
        url = reverse("wagtailusers_users:edit", args=[user.pk])
        messages.warning(
            request, text, buttons=[messages.button(url, gettext("Make the user inactive"))]
        )
    return None


def check_users(request, users):
    """As :func:`check_user`, for several users at once."""
    if found := _requesters(users):
        text = ngettext(
            "%(names)s has opened tickets and can’t be deleted. Make the user inactive instead.",
            "%(names)s have opened tickets and can’t be deleted. Make them inactive instead.",
            len(found),
        )
        messages.error(request, text % {"names": _named(display_name(user) for user in found)})
        return redirect("wagtailusers_users:index")
    texts = [text for user in users if (text := describe_agent(user))]
    title, back_url = gettext("Delete these users?"), reverse("wagtailusers_users:index")
    return _ask_to_delete(request, title=title, texts=texts, back_url=back_url)


def _ask_to_delete(request, *, texts, **context):
    button = gettext("Delete anyway")
    return ask(request, texts=texts, button=button, serious=True, **context) if texts else None


def describe_agent(user) -> str:
    """Return what happens to the work of an agent whose user account is deleted; "" for nothing."""
    tickets = Ticket.objects.filter(assignee=user).count()
    replies = Message.objects.filter(author=user, from_team=True).count()
    if not (tickets or replies):
        return ""
    assigned = ngettext(
        "%(name)s is assigned to %(number)s ticket, which will be assigned to no one.",
        "%(name)s is assigned to %(number)s tickets, which will be assigned to no one.",
        tickets,
    )
    written = ngettext(
        "%(number)s message of theirs stays, with their name.",
        "%(number)s messages of theirs stay, with their name.",
        replies,
    )
    instead = gettext("An inactive user keeps everything, and can’t sign in.")
    name = display_name(user, from_team=True)
    found = [assigned % {"name": name, "number": tickets}] if tickets else []
    found += [written % {"number": replies}] if replies else []
    return " ".join([*found, instead])


def _requesters(users) -> list:
    requesters = Ticket.objects.filter(requester__user__in=users).values("requester__user")
    return list(get_user_model()._default_manager.filter(pk__in=requesters))


def _named(names) -> str:
    found = list(names)
    if more := found[NAMED:]:
        text = gettext("%(names)s and %(number)s more")
        return text % {"names": ", ".join(found[:NAMED]), "number": len(more)}
    return comma_list(found)


# -- Sites ---------------------------------------------------------------------------------------


class SiteDeleteView(DeleteView):
    """Wagtail's view, which says why a site with tickets can't be deleted."""

    def dispatch(self, request, *args, **kwargs):
        number = Ticket.objects.filter(site=self.object).count()
        if not (number and request.user.has_perm("wagtailcore.delete_site")):
            return super().dispatch(request, *args, **kwargs)
        text = ngettext(
            "This site has %(number)s ticket and can’t be deleted. Change its hostname or its "
            "root page instead, or unpublish its portal.",
            "This site has %(number)s tickets and can’t be deleted. Change its hostname or its "
            "root page instead, or unpublish its portal.",
            number,
        )
        messages.error(request, text % {"number": number})
        return redirect("wagtailsites:edit", self.object.pk)


# -- Pages ---------------------------------------------------------------------------------------


def check_page(request, page):
    """Say what depends on a portal or a form: a ``before_delete_page`` hook, which comes first."""
    if request.method == "POST" or getattr(request, "portal_was_asked", False):
        return None
    request.portal_was_asked = True
    texts = describe_pages([page])
    for text in texts:
        url = reverse("wagtailadmin_pages:unpublish", args=[page.pk])
        buttons = [messages.button(url, gettext("Unpublish instead"))] if page.live else []
        messages.warning(request, text, buttons=buttons)
    if not texts:
        return None
    # Wagtail's own question, which calls the hooks of others.
    response = delete_page_view(request, page.pk)
    if getattr(response, "context_data", None):
        _count_tickets(response.context_data, page, request.user)
    return response


def _count_tickets(context: dict, page, user) -> None:
    """Count tickets as references, which aren't in Wagtail's index, so that it stays small."""
    sites = [home.get_site() for home in _homes_in(page)]
    tickets = Ticket.objects.filter(Q(form__in=_forms_in(page)) | Q(site__in=sites)).count()
    if tickets and not context["usage_count"] and user.has_perm(Verb.VIEW):
        # Wagtail's page of references would be empty.
        context["usage_url"] = reverse(cast(Any, Ticket).snippet_viewset.get_url_name("list"))
    context["usage_count"] += tickets


def check_pages(request, pages):
    """As :func:`check_page`, for several pages at once."""
    title, back_url = gettext("Delete these pages?"), reverse("wagtailadmin_explore_root")
    lead = gettext("You can unpublish them instead. Then everything stays as it is.")
    texts = describe_pages(pages)
    return _ask_to_delete(request, title=title, lead=lead, texts=texts, back_url=back_url)


def describe_pages(pages) -> list[str]:
    """Return what happens to the tickets of the portals and forms among pages and below them."""
    found = []
    for page in pages:
        found += [text for home in _homes_in(page) if (text := _describe_home(home))]
        if tickets := Ticket.objects.filter(form__in=_forms_in(page)).count():
            text = ngettext(
                "%(number)s ticket came from “%(title)s”. It stays, but can no longer be found by "
                "its form, and nothing that was filled in but not sent is kept.",
                "%(number)s tickets came from “%(title)s”. They stay, but can no longer be found "
                "by their form, and nothing that was filled in but not sent is kept.",
                tickets,
            )
            found.append(text % {"number": tickets, "title": page.get_admin_display_title()})
    return found


def _homes_in(page) -> list:
    inside = page_model().objects.descendant_of(page, inclusive=True).values("pk")
    return [
        home
        for home_class in page_models("home")
        for home in home_class._default_manager.filter(pk__in=inside)
    ]


def _forms_in(page):
    inside = page_model().objects.descendant_of(page, inclusive=True).values("pk")
    return form_pages().filter(pk__in=inside).values("pk")


def _describe_home(home) -> str:
    number = Ticket.objects.filter(site=home.get_site()).count()
    if not number:
        return ""
    text = ngettext(
        "%(number)s ticket of this site is shown in “%(title)s”. It stays, but customers can no "
        "longer open it, and links in emails that were sent lead nowhere.",
        "%(number)s tickets of this site are shown in “%(title)s”. They stay, but customers can no "
        "longer open them, and links in emails that were sent lead nowhere.",
        number,
    )
    return text % {"number": number, "title": home.get_admin_display_title()}


# -- Bulk actions --------------------------------------------------------------------------------


def check_bulk_action(request, action_type, objects, action):
    """Ask before several users or pages are deleted at once: a ``before_bulk_action`` hook."""
    if action_type != "delete":
        return None
    model = action.model
    if issubclass(model, get_user_model()):
        return check_users(request, objects)
    return check_pages(request, objects) if issubclass(model, AbstractPage) else None
