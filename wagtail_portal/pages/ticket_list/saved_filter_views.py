"""The views of saved filters."""

from django import forms
from django.contrib import messages
from django.http import Http404, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal import actions
from wagtail_portal.exceptions import ActionError, NotAllowed
from wagtail_portal.fields.form_fields import CleanLineField
from wagtail_portal.pages.access import members_only
from wagtail_portal.pages.errors import add_to_form
from wagtail_portal.permissions import Actor

from .listing import requested_list
from .saved_filters import SavedFilters

#: Characters of a query string that are read.
QUERY_READ = 8000


class FilterForm(forms.Form):
    """The name of a filter and, for a new one, its query string."""

    name = CleanLineField(label=_("Name"), max_length=60)
    query = forms.CharField(required=False, widget=forms.HiddenInput)


@members_only
def saved_filters(request, page, member):
    """Show the member's filters, or save one and return to the list."""
    if request.method != "POST":
        return _filters_page(request, page, member)
    # Only what the list understands is saved.
    params = QueryDict(request.POST.get("query", "")[:QUERY_READ])
    query = requested_list(request, page, member, params).url.query
    form = FilterForm({"name": request.POST.get("name", ""), "query": query})
    if form.is_valid():
        try:
            saved = actions.save_filter(by=Actor.for_member(member), **form.cleaned_data)
        except ActionError as error:
            add_to_form(form, error)
        else:
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
    except NotAllowed:
        messages.error(request, gettext("Your role in this organization doesn’t allow this."))
        return redirect(url)
    except ActionError as error:
        add_to_form(form, error)
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
            "url": page.portal_url(request, "portal_filter", row.saved.pk),
            "form": changed[1] if row.saved.pk == changed[0] else _form_of(row.saved),
        }
        for row in saved.rows
    ]
    context = {
        "page": page,
        "filters": rows,
        "can_share": saved.can_share,
        "new_form": new,
        "save_url": page.portal_url(request, "portal_filters"),
        "list_url": page.get_url(request),
    }
    return render(request, "wagtail_portal/ticket_list/saved_filters.html", context)


def _form_of(saved) -> FilterForm:
    return FilterForm(initial={"name": saved.name}, auto_id=f"filter-{saved.pk}-%s")
