"""Merge two accounts of one person: choose the other one, see what moves, and confirm."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin import messages

from wagtail_portal.actions import merge_people
from wagtail_portal.actions.people.merge_people import role_conflicts, why_not_merged
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import (
    Attachment,
    Follower,
    Invitation,
    Member,
    Message,
    Role,
    SavedFilter,
    Ticket,
    addresses_of,
)
from wagtail_portal.permissions import Verb, members_for_team
from wagtail_portal.utils.humanize import comma_list
from wagtail_portal.utils.query_params import pk_in

from .autocomplete import search_rows
from .tickets.confirmation_views import FOUND, Choice
from .tickets.detail_view import DESK_MEDIA
from .views import DeskPage, add_errors

NAMESPACE = "wagtailsnippets_wagtail_portal_member"


class RolesForm(forms.Form):
    """For each organization to which both accounts belong, the role to keep."""

    def __init__(self, *args, conflicts, **kwargs):
        super().__init__(*args, **kwargs)
        self.conflicts = conflicts
        for conflict in conflicts:
            roles = (conflict.kept, conflict.merged)
            self.fields[self._name(conflict)] = forms.TypedChoiceField(
                label=gettext("Role in %(organization)s") % {"organization": conflict.organization},
                choices=[(role.pk, role.name) for role in roles],
                coerce=int,
                initial=conflict.stronger and conflict.stronger.pk,
                widget=forms.RadioSelect,
            )

    def _name(self, conflict) -> str:
        return f"role-{conflict.organization.pk}"

    @property
    def roles(self) -> dict[int, Role]:
        """The chosen roles by primary key of the organization."""
        found = {}
        for conflict in self.conflicts:
            pk = self.cleaned_data[self._name(conflict)]
            both = {role.pk: role for role in (conflict.kept, conflict.merged)}
            found[conflict.organization.pk] = both[pk]
        return found


class MergePeopleView(DeskPage, FormView):
    """Merges another account into the one of the member in the URL."""

    permission_required = (Verb.CHANGE_MEMBER, Verb.DELETE_MEMBER)
    model = Member
    template_name = "wagtail_portal/desk/merge_people.html"
    page_title = _("Merge accounts")
    header_icon = "user"
    form_class = RolesForm

    @cached_property
    def member(self) -> Member:
        """A membership of the account to keep."""
        return self._find(self.kwargs["pk"])

    @cached_property
    def other(self) -> Member | None:
        """A membership of the account to merge, once it's chosen."""
        data = self.request.POST if self.request.method == "POST" else self.request.GET
        pk = pk_in(data, "other")
        return self._find(pk) if pk else None

    def _find(self, pk) -> Member:
        """Return a member whose organizations are all within the agent's reach."""
        found = members_for_team(self.request.user).filter(pk=pk).first()
        if found is None:
            raise Http404
        memberships = Member.objects.filter(user=found.user_id).select_related("organization")
        if not all(self.actor.acts_for(row.organization) for row in memberships):
            raise PermissionDenied
        return found

    def get_page_subtitle(self):
        return self.member.name

    @property
    def refusal(self) -> str:
        """Why the chosen accounts can't be merged, or ""."""
        return why_not_merged(self.other.user, self.member.user)

    def get_form_kwargs(self):
        conflicts = role_conflicts(self.other.user, self.member.user) if self.other else []
        return {**super().get_form_kwargs(), "conflicts": conflicts}

    def get_context_data(self, **kwargs):
        typed = self.request.GET.get("q", "")
        context = {
            "member": self.member,
            "other": self.other,
            "typed": typed,
            "step_url": self.request.path,
            "back_url": reverse(f"{NAMESPACE}:edit", args=[self.member.pk]),
            "media": DESK_MEDIA,
        }
        if self.other is None:
            context["choices"] = self._search(typed)
        elif refusal := self.refusal:
            context["refusal"] = refusal
        else:
            context["effects"] = merge_effects(self.other.user, self.member.user)
        return {**super().get_context_data(**kwargs), **context}

    def _search(self, typed: str) -> list[Choice]:
        found = search_rows("member", self.request.user, typed).exclude(user=self.member.user_id)
        return [
            Choice(row.pk, row.name, f"{row.email} · {row.organization.name}")
            for row in found.order_by("organization__name", "pk")[:FOUND]
        ]

    def post(self, request, *args, **kwargs):
        if self.other is None:
            return redirect(request.path)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form):
        try:
            merge_people(self.other, into=self.member, by=self.actor, roles=form.roles)
        except Invalid as error:
            add_errors(form, error)
            return self.form_invalid(form)
        except NotAllowed as error:
            raise PermissionDenied from error
        messages.success(self.request, gettext("The accounts were merged."))
        return redirect(reverse(f"{NAMESPACE}:edit", args=[self.member.pk]))


def merge_effects(user, into) -> list[str]:
    """Return what will happen if ``user`` is merged into ``into``, as sentences."""
    members = list(Member.objects.filter(user=user).select_related("organization"))
    kept = set(Member.objects.filter(user=into).values_list("organization", flat=True))
    joined = [row.organization.name for row in members if row.organization_id not in kept]
    shared = [row.organization.name for row in members if row.organization_id in kept]
    effects = []
    if joined:
        text = gettext("The account to keep becomes a member of: %(names)s.")
        effects.append(text % {"names": comma_list(joined)})
    if shared:
        text = gettext("Both accounts belong to: %(names)s. One membership stays in each.")
        effects.append(text % {"names": comma_list(shared)})
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
    effects.append(text % {"things": comma_list(moved) or gettext("nothing")})
    effects.append(
        gettext(
            "The account to keep keeps its own name, language, time zone and notification "
            "preferences."
        )
    )
    text = gettext("The person can sign in with: %(addresses)s. Emails go to %(address)s.")
    both = list(dict.fromkeys([*addresses_of(into), *addresses_of(user)]))
    own = getattr(into, into.get_email_field_name())
    effects.append(text % {"addresses": comma_list(both), "address": own})
    effects.append(
        gettext(
            "The merged account is signed out everywhere, loses its password and second factors, "
            "and is closed. What other parts of your site store about it doesn’t move."
        )
    )
    return effects
