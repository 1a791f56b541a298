"""Saved views: filters of the inbox that agents save and share."""

from django import forms
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from wagtail_portal import actions
from wagtail_portal.desk.views import DeskPage, add_errors
from wagtail_portal.exceptions import Invalid
from wagtail_portal.fields.form_fields import CleanLineField
from wagtail_portal.models import SavedFilter

from .list_settings import SavedViewsMixin
from .listing import view_query, view_url


class ViewForm(forms.Form):
    """The name of a view, and whether it's shared."""

    name = CleanLineField(label=_("Name"), max_length=60)
    shared = forms.BooleanField(
        label=_("Share with the team"),
        required=False,
        help_text=_("Your colleagues only see tickets they have access to."),
    )
    tab = forms.SlugField(widget=forms.HiddenInput)
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=4000)


class AddView(DeskPage):
    """Saves a tab and its filters, which the URL holds, under a name."""

    page_title = _("Save this view")
    template_name = "wagtail_portal/desk/saved_view_form.html"

    def get(self, request):
        initial = {name: request.GET.get(name, "") for name in ("tab", "query")}
        return self._show(ViewForm(initial=initial))

    def post(self, request):
        form = ViewForm(request.POST)
        if form.is_valid():
            try:
                saved = actions.save_filter(
                    by=self.actor,
                    name=form.cleaned_data["name"],
                    query=view_query(form.cleaned_data["tab"], form.cleaned_data["query"]),
                    shared=form.cleaned_data["shared"],
                    replace=True,
                )
            except Invalid as error:
                add_errors(form, error)
            else:
                messages.success(request, gettext("View “%(name)s” saved.") % {"name": saved.name})
                return redirect(view_url(saved))
        return self._show(form)

    def _show(self, form):
        return self.render_to_response(self.get_context_data(form=form, media=form.media))


class ManageView(SavedViewsMixin, DeskPage):
    """Lists the agent's own views, and those that the team shares."""

    page_title = _("Saved views")
    template_name = "wagtail_portal/desk/saved_views.html"

    def get(self, request):
        shown = [
            {
                "view": row,
                "url": view_url(row),
                "is_own": self.actor.owns(row),
                "may_end": row.shared and (self.actor.owns(row) or self.actor.may_moderate(row)),
            }
            for row in self.known_views
        ]
        return self.render_to_response(self.get_context_data(rows=shown))


class ChangeView(DeskPage):
    """Changes one saved view, or where the agent sees it."""

    http_method_names = ["post"]

    def post(self, request, pk, change):
        saved = SavedFilter.objects.visible_to_agent(request.user).filter(pk=pk).first()
        if saved is None:
            # It was deleted, for example by a double click, or is no longer shared.
            return redirect(reverse("wagtail_portal_views"))
        try:
            if change in ("pin", "unpin"):
                actions.pin_view(saved, by=self.actor, pinned=change == "pin")
            elif change in ("up", "down"):
                actions.move_view(saved, by=self.actor, step=-1 if change == "up" else 1)
            elif change == "delete":
                actions.delete_filter(saved, by=self.actor)
            elif change == "rename":
                actions.rename_filter(saved, by=self.actor, name=request.POST.get("name", ""))
            else:
                actions.share_filter(saved, by=self.actor, shared=change == "share")
        except Invalid as error:
            messages.error(request, " ".join(error.messages))
        return redirect(reverse("wagtail_portal_views"))
