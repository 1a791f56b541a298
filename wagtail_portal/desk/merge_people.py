"""Merge two accounts of one person."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from wagtail_portal.actions import merge_people
from wagtail_portal.actions.people.merge_people import role_conflicts, why_not_merged
from wagtail_portal.models import (
    Attachment,
    Follower,
    Invitation,
    Member,
    Message,
    SavedFilter,
    Ticket,
    addresses_of,
    deciding,
)
from wagtail_portal.permissions import Verb, members_for_team
from wagtail_portal.utils.humanize import comma_list

from .autocomplete import search_rows
from .merging import Effects, MergeView
from .tickets.confirmation_views import FOUND, Choice

NAMESPACE = "wagtailsnippets_wagtail_portal_member"


class MergePeopleView(MergeView):
    """Merges another account into the one of the member in the URL."""

    permission_required = (Verb.CHANGE_MEMBER, Verb.DELETE_MEMBER)
    model = Member
    page_title = _("Merge accounts")
    header_icon = "user"
    search_label = _("Search by name, email address or organization")
    button_label = _("Merge accounts")

    def find(self, pk) -> Member:
        """Return a member whose organizations are all within the agent's reach."""
        found = members_for_team(self.request.user).filter(pk=pk).first()
        if found is None:
            raise Http404
        memberships = Member.objects.filter(user=found.user_id).select_related("organization")
        if not all(self.actor.acts_for(row.organization) for row in deciding(memberships)):
            raise PermissionDenied
        return found

    def find_refusal(self):
        return why_not_merged(self.other.user, self.kept.user)

    def find_conflicts(self):
        return role_conflicts(self.other.user, self.kept.user)

    def find_effects(self):
        return merge_effects(self.other.user, self.kept.user)

    @property
    def intro(self):
        text = gettext(
            "Choose the other account of %(name)s (%(email)s). It will be merged into this one."
        )
        return text % {"name": self.kept.name, "email": self.kept.email}

    @property
    def warning(self):
        text = gettext(
            "%(name)s (%(email)s) will be merged into %(into)s (%(into_email)s). Make sure that "
            "both are the same person: they will see everything that either account sees. This "
            "can’t be undone."
        )
        return text % {
            "name": self.other.name,
            "email": self.other.email,
            "into": self.kept.name,
            "into_email": self.kept.email,
        }

    def search(self, typed):
        found = search_rows("member", self.request.user, typed).exclude(user=self.kept.user_id)
        return [
            Choice(row.pk, row.name, f"{row.email} · {row.organization.name}")
            for row in found.order_by("organization__name", "pk")[:FOUND]
        ]

    def merge(self, roles):
        merge_people(self.other, into=self.kept, by=self.actor, roles=roles)
        messages.success(self.request, gettext("The accounts were merged."))
        return redirect(reverse(f"{NAMESPACE}:edit", args=[self.kept.pk]))


def merge_effects(user, into) -> list[Effects]:
    """Return what will happen if ``user`` is merged into ``into``."""
    members = list(Member.objects.filter(user=user).select_related("organization", "role"))
    return [
        Effects(_("Who will see what"), _what_is_seen(user, into, members)),
        Effects(_("What moves"), _what_moves(user, members)),
        Effects(_("What changes"), _what_changes(user, into)),
    ]


def _what_is_seen(user, into, members) -> list[str]:
    kept = list(Member.objects.filter(user=into).select_related("organization", "role"))
    inside = {row.organization_id for row in kept}
    joined = [row.organization.name for row in members if row.organization_id not in inside]
    shared = [row.organization.name for row in members if row.organization_id in inside]
    effects = []
    if joined:
        text = gettext("The account to keep becomes a member of: %(names)s.")
        effects.append(text % {"names": comma_list(joined)})
    if shared:
        text = gettext("Both accounts belong to: %(names)s. One membership stays in each.")
        effects.append(text % {"names": comma_list(shared)})
    gained = _visible_to(members).exclude(pk__in=_visible_to(kept).order_by().values("pk")).count()
    text = ngettext(
        "With the account to keep, the person will also see %(number)d ticket that only the other "
        "account sees.",
        "With the account to keep, the person will also see %(number)d tickets that only the other "
        "account sees.",
        gained,
    )
    effects.append(text % {"number": gained})
    if role_conflicts(user, into):
        effects.append(gettext("If you choose a weaker role, they’ll see fewer tickets."))
    text = gettext(
        "No one else gains access. Teammates will see the name and address of the account to keep "
        "instead of those of the other one."
    )
    return [*effects, text]


def _visible_to(members):
    found = Ticket.objects.none()
    for member in members:
        found = found | Ticket.objects.visible_to(member)
    return found


def _what_moves(user, members) -> list[str]:
    counts = {
        "tickets": Ticket.objects.filter(requester__in=members).count(),
        "followed": Follower.objects.filter(member__in=members).count(),
        "written": Message.objects.filter(author=user).count(),
        "files": Attachment.objects.filter(uploader=user).count(),
        "filters": SavedFilter.objects.filter(member__in=members).count(),
        "invitations": Invitation.objects.filter(invited_by=user).count(),
    }
    texts = {
        "tickets": ngettext("%(number)d ticket", "%(number)d tickets", counts["tickets"]),
        "followed": ngettext(
            "%(number)d followed ticket", "%(number)d followed tickets", counts["followed"]
        ),
        "written": ngettext("%(number)d message", "%(number)d messages", counts["written"]),
        "files": ngettext("%(number)d file", "%(number)d files", counts["files"]),
        "filters": ngettext(
            "%(number)d saved filter", "%(number)d saved filters", counts["filters"]
        ),
        "invitations": ngettext(
            "%(number)d sent invitation", "%(number)d sent invitations", counts["invitations"]
        ),
    }
    moved = [texts[key] % {"number": number} for key, number in counts.items() if number]
    text = gettext("These will move: %(things)s, along with what was read, muted and rated.")
    return [text % {"things": comma_list(moved) or gettext("nothing")}]


def _what_changes(user, into) -> list[str]:
    text = gettext("The person can sign in with: %(addresses)s. Emails go to %(address)s.")
    both = list(dict.fromkeys([*addresses_of(into), *addresses_of(user)]))
    own = getattr(into, into.get_email_field_name())
    return [
        text % {"addresses": comma_list(both), "address": own},
        gettext(
            "The account to keep keeps its own name, language, time zone and notification "
            "preferences."
        ),
        gettext(
            "The merged account is signed out everywhere, loses its password and second factors, "
            "and is closed. What other parts of your site store about it doesn’t move."
        ),
    ]
