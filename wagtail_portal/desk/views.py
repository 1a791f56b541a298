"""Wagtail's views for snippets with a permission check for each row, and views of our own."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import ProtectedError
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.views import View
from wagtail.admin import messages
from wagtail.admin.ui.tables import BulkActionsCheckboxColumn
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.snippets.bulk_actions.delete import DeleteBulkAction
from wagtail.snippets.views import snippets

from wagtail_portal.exceptions import Invalid
from wagtail_portal.fields.form_fields import range_problem
from wagtail_portal.health import PROBLEMS_KEY
from wagtail_portal.models import Ticket, user_name_fields
from wagtail_portal.models.cached_rows import rows_key
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils.humanize import labelled
from wagtail_portal.utils.shared_cache import shared_cache, survive_outages
from wagtail_portal.utils.strict import refuse_overflow
from wagtail_portal.utils.typing import Mixin


def add_errors(form, error: Invalid) -> None:
    """Show each error of an action at the field of that argument, or above the form."""
    names = getattr(form, "names", {})
    for argument, errors in error.errors.items():
        name = names.get(argument, argument)
        form.add_error(name if name in form.fields else None, errors)


class SurvivesOutagesMixin(Mixin):
    """Works without the cache, which Wagtail needs for links to pages."""

    def setup(self, request, *args, **kwargs):
        survive_outages()
        super().setup(request, *args, **kwargs)

    def dispatch(self, request, *args, **kwargs):
        if request.method == "GET":
            shared_cache.read_ahead(*self.cache_keys)
        return super().dispatch(request, *args, **kwargs)

    @property
    def cache_keys(self) -> list[str]:
        """What the page reads from the cache, the menu included."""
        return [rows_key("receives_email"), PROBLEMS_KEY]


class DeskPageMixin(SurvivesOutagesMixin, WagtailAdminTemplateMixin):
    """A page that isn't one of Wagtail's generic views, below the listing of ``model``."""

    model: Any = Ticket
    header_icon = "mail"

    @cached_property
    def actor(self) -> Actor:
        """The agent who makes the request."""
        return Actor.for_agent(self.request.user)

    @property
    def list_url(self) -> str:
        """The URL of the listing."""
        return reverse(self.model.snippet_viewset.get_url_name("list"))

    def get_breadcrumbs_items(self):
        plural = capfirst(self.model._meta.verbose_name_plural)
        return [
            *self.breadcrumbs_items,
            {"url": self.list_url, "label": plural},
            {"url": "", "label": self.get_page_subtitle() or self.get_page_title()},
        ]


@method_decorator(refuse_overflow, "dispatch")
class DeskPage(PermissionRequiredMixin, DeskPageMixin, View):
    """A page for agents with one permission."""

    permission_required: str | tuple[str, ...] = Verb.VIEW


class EditButtonMixin(Mixin):
    """Offers to edit what was saved only to those who can."""

    def get_success_buttons(self):
        can_edit = self.permission_policy.user_has_permission(self.request.user, "change")
        return super().get_success_buttons() if can_edit else []


class ActionFormMixin(EditButtonMixin):
    """Saves a form through an action, in ``save_instance``, and shows the errors it raises."""

    @property
    def actor(self) -> Actor:
        """The agent who makes the request."""
        return Actor.for_agent(self.request.user)

    def form_valid(self, form):
        try:
            return super().form_valid(form)
        except Invalid as error:
            add_errors(form, error)
            # Wagtail 8 sets these when the form itself is invalid.
            self.produced_error_code = "validation_error"
            self.produced_error_message = self.get_error_message()
            return self.form_invalid(form)


class RowAccessMixin(SurvivesOutagesMixin):
    """Checks the permission for the object. One that the user can't see counts as missing.

    Wagtail's generic views check the permission on the model, and only after loading the object,
    so their answers would tell whether it exists.
    """

    #: Whether the view reads only rows that the user can see, so the object needn't be checked.
    reads_visible_rows = False

    @property
    def needed_permissions(self):
        """The actions of which the user needs one."""
        if self.permission_required is not None:
            return [self.permission_required]
        return self.any_permission_required

    def get_object(self, *args, **kwargs):
        user, policy, actions = self.request.user, self.permission_policy, self.needed_permissions
        if not policy.user_has_any_permission(user, actions):
            raise PermissionDenied
        found = super().get_object(*args, **kwargs)
        if self.reads_visible_rows:
            return found
        if policy.user_has_any_permission_for_instance(user, actions, found):
            return found
        if policy.user_has_any_permission_for_instance(user, ["view"], found):
            raise PermissionDenied
        raise Http404


class IndexView(SurvivesOutagesMixin, snippets.IndexView):
    """A listing without checkboxes, and with the buttons that the row allows."""

    @cached_property
    def columns(self):
        return [
            column
            for column in super().columns
            if not isinstance(column, BulkActionsCheckboxColumn)
        ]

    def filter_queryset(self, queryset):
        # Wagtail ignores all filters if one is invalid, as in a link to what has been deleted, but
        # shows the others as active.
        if self.filters:
            self.filters.is_valid()
            queryset = self.filters.filter_queryset(queryset)
        return queryset

    @cached_property
    def no_results_message(self):
        """Why the listing is empty, also if a filter can't find anything."""
        problems = self.filters and self.filters.is_valid() and self._filter_problems()
        return " ".join(problems) if problems else super().no_results_message

    def _filter_problems(self) -> list[str]:
        found = []
        for name, value in self.filters.form.cleaned_data.items():
            if isinstance(value, slice):
                value = value.start, value.stop
            if isinstance(value, tuple) and (problem := range_problem(*value)):
                found.append(labelled(self.filters.form.fields[name].label, problem))
        return found

    def get_edit_url(self, instance):
        if self.user_has_permission_for_instance("change", instance):
            return super().get_edit_url(instance)
        return None

    def get_delete_url(self, instance):
        if self.user_has_permission_for_instance("delete", instance):
            return super().get_delete_url(instance)
        return None


class CustomerIndexView(IndexView):
    """A listing whose rows lead to the page of the customer, from where they can be changed."""

    def _get_title_column(self, *args, **kwargs):
        column = super()._get_title_column(*args, **kwargs)
        column._get_url_func = self.get_inspect_url
        return column


class EditView(RowAccessMixin, snippets.EditView):
    pass


class InspectView(RowAccessMixin, snippets.InspectView):
    def get_field_display_value(self, field_name, field):
        value = super().get_field_display_value(field_name, field)
        if isinstance(value, bool):
            return gettext("Yes") if value else gettext("No")
        return value

    def get_edit_url(self):
        if self.user_has_permission_for_instance("change", self.object):
            return super().get_edit_url()
        return None

    def get_delete_url(self):
        if self.user_has_permission_for_instance("delete", self.object):
            return super().get_delete_url()
        return None


class HistoryView(RowAccessMixin, snippets.HistoryView):
    def get_edit_url(self, instance):
        can_edit = self.permission_policy.user_has_permission(self.request.user, "change")
        return super().get_edit_url(instance) if can_edit else None

    @property
    def header_buttons(self):
        # Wagtail offers to edit whether or not that's possible.
        return super().header_buttons if self.get_edit_url(self.object) else []


class UsageView(RowAccessMixin, snippets.UsageView):
    pass


class ReorderView(RowAccessMixin, snippets.ReorderView):
    pass


class DeleteView(RowAccessMixin, snippets.DeleteView):
    """Says why something can't be deleted, before and after the button is pressed.

    Wagtail knows this only of models in its reference index, and tickets aren't in it.
    """

    # With the method DELETE, Django's view would delete at once, without the checks and the log.
    http_method_names = ["get", "head", "options", "post"]

    @cached_property
    def refusal(self) -> str:
        """Why the object can't be deleted; empty if it can."""
        return self.get_refusal()

    def get_refusal(self) -> str:
        """Return why the object can't be deleted; empty if it can."""
        return ""

    def form_valid(self, form):
        if self.refusal:
            return self._refuse(self.refusal)
        try:
            with transaction.atomic():
                return super().form_valid(form)
        except ProtectedError:
            # It came into use in the meantime.
            return self._refuse(gettext("This is still in use and can’t be deleted."))

    def _refuse(self, reason: str):
        messages.error(self.request, reason)
        return redirect(self.get_delete_url())


class NoBulkDelete(DeleteBulkAction):
    """Replaces Wagtail's bulk delete for our models.

    That one lists the titles of rows that the user can't delete, takes "all" for every row of the
    model, and writes no log entries.
    """

    #: Set in :mod:`.menu`.
    models: Sequence = ()

    def dispatch(self, *args, **kwargs):
        raise Http404


def user_fields(prefix: str = "user__") -> list[str]:
    """Return the lookups of a user's email address and name, in the site's user model."""
    names = [get_user_model().get_email_field_name(), *user_name_fields()]
    return [f"{prefix}{name}" for name in names]
