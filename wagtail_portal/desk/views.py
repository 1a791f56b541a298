"""Wagtail's views for snippets, but asking the policy about the row, and refusing in words."""

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import ProtectedError
from django.http import Http404
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext
from wagtail.admin import messages
from wagtail.admin.ui.tables import BulkActionsCheckboxColumn
from wagtail.snippets.bulk_actions.delete import DeleteBulkAction
from wagtail.snippets.views import snippets

from wagtail_portal.models import user_name_fields


class RowAccessMixin:
    """In front of a view of one object: who may not see it gets the answer of a missing one.

    Wagtail's generic views ask for the permission on the model, and only after they have
    loaded the object, so that a missing one could be told from a forbidden one.
    """

    #: Whether the view reads only rows that the user may see: then the row need not be asked for
    #: a second time.
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


class IndexView(snippets.IndexView):
    """A listing without checkboxes, whose buttons are those that the row allows."""

    @cached_property
    def columns(self):
        return [
            column
            for column in super().columns
            if not isinstance(column, BulkActionsCheckboxColumn)
        ]

    def get_edit_url(self, instance):
        if self.user_has_permission_for_instance("change", instance):
            return super().get_edit_url(instance)
        return None

    def get_delete_url(self, instance):
        if self.user_has_permission_for_instance("delete", instance):
            return super().get_delete_url(instance)
        return None


class EditView(RowAccessMixin, snippets.EditView):
    pass


class InspectView(RowAccessMixin, snippets.InspectView):
    def get_edit_url(self):
        if self.user_has_permission_for_instance("change", self.object):
            return super().get_edit_url()
        return None

    def get_delete_url(self):
        if self.user_has_permission_for_instance("delete", self.object):
            return super().get_delete_url()
        return None


class HistoryView(RowAccessMixin, snippets.HistoryView):
    pass


class UsageView(RowAccessMixin, snippets.UsageView):
    pass


class ReorderView(RowAccessMixin, snippets.ReorderView):
    pass


class DeleteView(RowAccessMixin, snippets.DeleteView):
    """Says why something cannot be deleted, before and after the button is pressed.

    Wagtail knows this of models in its reference index; tickets are not in there.
    """

    @cached_property
    def refusal(self) -> str:
        """Why not, in words; empty when it can be deleted."""
        return self.get_refusal()

    def get_refusal(self) -> str:
        """To be overridden."""
        return ""

    def form_valid(self, form):
        if self.refusal:
            return self._refuse(self.refusal)
        try:
            with transaction.atomic():
                return super().form_valid(form)
        except ProtectedError:
            # Somebody has begun to use it in the meantime.
            return self._refuse(gettext("This is still in use and can’t be deleted."))

    def _refuse(self, words: str):
        messages.error(self.request, words)
        return redirect(self.get_delete_url())


class NoBulkDelete(DeleteBulkAction):
    """Takes the place of Wagtail's bulk delete for our models.

    That one lists the titles of what one may not delete, takes "all" for every row of the model
    and leaves no trace in the log. Here things are deleted one by one.
    """

    #: The models that it is for; set by :mod:`.group`.
    models = ()

    def dispatch(self, *args, **kwargs):
        raise Http404


def user_fields(prefix: str = "user__") -> list[str]:
    """Return the lookups of a user's email address and name, in the site's user model."""
    names = [get_user_model().get_email_field_name(), *user_name_fields()]
    return [f"{prefix}{name}" for name in names]
