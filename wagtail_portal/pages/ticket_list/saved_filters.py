"""A member's saved filters: in the menu of the list, and on a page of their own."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django import forms
from django.contrib import messages
from django.http import Http404, QueryDict
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal import actions
from wagtail_portal.exceptions import ActionError, NotAllowed
from wagtail_portal.fields.form_fields import CleanLineField
from wagtail_portal.models import Member, SavedFilter
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import members_only
from wagtail_portal.pages.forms import add_action_error, error_message
from wagtail_portal.permissions import Actor, Verb

from .cursor import AFTER, BEFORE
from .listing import requested_list
from .query import TicketQuery

#: Characters of a query string that are read.
QUERY_READ = 8000


@dataclass
class SavedFilterRow:
    """One saved filter, for the member who looks at it."""

    saved: SavedFilter
    #: The list with this filter.
    url: str
    is_own: bool
    #: Whether the member is looking at that list.
    is_current: bool
    #: Who shares it; "" for a member who may not see the other members.
    owner_name: str


class SavedFilters:
    """The saved filters that a member can use, and what they can do with them."""

    def __init__(
        self,
        member: Member,
        list_url: str,
        tickets: TicketQuery | None = None,
        query: str = "",
        may_exist: bool = True,
    ):
        """
        :param tickets: the list that the member looks at.
        :param query: the query string of its URL, as the browser sent it.
        :param may_exist: False if it's known that there are none.
        """
        self.member, self.list_url, self.tickets = member, list_url, tickets
        self.may_exist = may_exist
        self._requested = _pairs(query)

    @cached_property
    def rows(self) -> list[SavedFilterRow]:
        """The member's own filters, then those that teammates share, by name."""
        if not self.may_exist:
            # As for most members.
            return []
        saved_filters = SavedFilter.objects.visible_to(self.member).select_related("member__user")
        rows = [self._row(saved) for saved in saved_filters]
        return sorted(rows, key=lambda row: (not row.is_own, row.saved.name.lower()))

    def _row(self, saved) -> SavedFilterRow:
        pairs = _pairs(saved.query)
        return SavedFilterRow(
            saved=saved,
            url=f"{self.list_url}?{saved.query}",
            is_own=saved.member_id == self.member.pk,
            owner_name=saved.member.name if self.member.role.sees_members else "",
            is_current=self.tickets is not None and pairs in (self._requested, self._applied),
        )

    @property
    def _applied(self) -> set:
        return set(self.tickets.url.pairs) if self.tickets else set()

    @cached_property
    def current(self) -> SavedFilterRow | None:
        """The filter of the list that the member looks at."""
        return next((row for row in self.rows if row.is_current), None)

    @property
    def is_cut(self) -> bool:
        """Whether the list ignores part of the current filter, such as a field that is no longer
        designated."""
        return self.current is not None and not _pairs(self.current.saved.query) <= self._applied

    @property
    def query(self) -> str:
        """What would be saved; "" for the list without any choices."""
        return self.tickets.url.query if self.tickets else ""

    @property
    def can_save(self) -> bool:
        """Whether the list has choices that aren't saved yet."""
        return bool(self.query) and self.current is None

    @property
    def can_share(self) -> bool:
        """Whether the member can share filters, and stop others from sharing theirs."""
        return Actor.for_member(self.member).may(Verb.CHANGE_MEMBER)


def _pairs(query: str) -> set[tuple[str, str]]:
    """Return the parameters of a query string regardless of their order, without the page."""
    return {pair for pair in parse_qsl(query) if pair[0] not in ("page", AFTER, BEFORE)}


class FilterForm(forms.Form):
    """The name of a filter and, for a new one, its query string."""

    name = CleanLineField(
        label=_("Name"),
        max_length=60,
        error_messages={"required": _("Enter a name for the filter.")},
    )
    query = forms.CharField(required=False, widget=forms.HiddenInput)


@members_only
def saved_filters(request, page, member):
    """Show the member's filters, or save one and return to the list."""
    sent: Any = request.POST
    if request.method != "POST":
        sent = drafts.initial(request, request.path)
        if not sent:
            return _filters_page(request, page, member)
    # Only what the list understands is saved.
    params = QueryDict(sent.get("query", "")[:QUERY_READ])
    query = requested_list(request, page, member, params).url.query
    values = {"name": sent.get("name", ""), "query": query}
    if request.method != "POST":
        return _filters_page(request, page, member, new=FilterForm(initial=values))
    form = FilterForm(values)
    if form.is_valid():
        try:
            saved = actions.save_filter(by=Actor.for_member(member), **form.cleaned_data)
        except ActionError as error:
            add_action_error(form, error)
        else:
            drafts.confirm(request)
            text = gettext("Filter “%(name)s” saved.") % {"name": saved.name}
            messages.success(request, text)
            return redirect(f"{page.get_url(request)}?{query}")
    return _filters_page(request, page, member, new=form)


@members_only
def saved_filter(request, page, member, pk):
    """Rename, share or delete a filter."""
    rows = SavedFilters(member, page.get_url(request)).rows
    row = next((row for row in rows if row.saved.pk == pk), None)
    if row is None:
        raise Http404
    url = page.portal_url(request, "portal_filters")
    if request.method != "POST":
        return redirect(url)
    by, name = Actor.for_member(member), row.saved.name
    form = FilterForm({"name": name})
    form.is_valid()
    try:
        match request.POST.get("do"):
            case "rename":
                form = FilterForm({"name": request.POST.get("name", "")})
                if not form.is_valid():
                    return _filters_page(request, page, member, changed=(pk, form))
                name = form.cleaned_data["name"]
                actions.rename_filter(row.saved, by=by, name=name)
                drafts.confirm(request)
                text = gettext("Filter renamed to “%(name)s”.")
            case "share":
                actions.share_filter(row.saved, by=by)
                text = gettext("Everyone in your organization can now use the filter “%(name)s”.")
            case "unshare":
                actions.share_filter(row.saved, by=by, shared=False)
                text = gettext("The filter “%(name)s” is no longer shared.")
            case "delete":
                actions.delete_filter(row.saved, by=by)
                text = gettext("Filter “%(name)s” deleted.")
            case _:
                return redirect(url)
    except NotAllowed as error:
        messages.error(request, error_message(error))
        return redirect(url)
    except ActionError as error:
        add_action_error(form, error)
        return _filters_page(request, page, member, changed=(pk, form))
    messages.success(request, text % {"name": name})
    return redirect(url)


def _filters_page(request, page, member, new=None, changed=(None, None)):
    """Show the member's filters.

    :param new: the form of a filter that couldn't be saved.
    :param changed: the primary key of one that couldn't be changed, and its form.
    """
    saved = SavedFilters(member, page.get_url(request))
    rows = [
        {
            "row": row,
            "url": (url := page.portal_url(request, "portal_filter", row.saved.pk)),
            "form": changed[1] if row.saved.pk == changed[0] else _form_of(request, row.saved, url),
            "restored": "" if row.saved.pk == changed[0] else drafts.notice(request, url),
        }
        for row in saved.rows
    ]
    context = {
        "page": page,
        "filters": rows,
        "can_share": saved.can_share,
        "new_form": new,
        "restored": drafts.notice(request, request.path) if new and not new.is_bound else "",
        "save_url": page.portal_url(request, "portal_filters"),
        "list_url": page.get_url(request),
    }
    return render(request, "wagtail_portal/ticket_list/saved_filters.html", context)


def _form_of(request, saved, url: str) -> FilterForm:
    initial = {"name": saved.name, **drafts.initial(request, url)}
    return FilterForm(initial=initial, auto_id=f"filter-{saved.pk}-%s")
