"""What the viewsets of the "Support" menu have in common."""

from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel
from wagtail.snippets.views.snippets import SnippetViewSet

from wagtail_portal.fields.translations import content_languages
from wagtail_portal.models.ticket_fields import unique_slug

from . import views


class DeskViewSet(SnippetViewSet):
    """A snippet of the support team.

    Keyword arguments of the class statement become attributes, for
    :func:`wagtail_portal.compat.viewset_policy`.
    """

    #: A chooser shows the titles of all rows to everybody who may enter the admin.
    chooser_enabled = False
    copy_view_enabled = False
    # Also makes "view" a permission that can be given to a group.
    inspect_view_enabled = True
    # Plain ORM: none of these models is in Wagtail's search index.
    search_backend_name = None

    index_view_class = views.IndexView
    edit_view_class = views.EditView
    delete_view_class = views.DeleteView
    inspect_view_class = views.InspectView
    history_view_class = views.HistoryView
    usage_view_class = views.UsageView
    reorder_view_class = views.ReorderView

    # Those of snippets have the bulk actions.
    index_template_name = "wagtailadmin/generic/index.html"
    index_results_template_name = "wagtailadmin/generic/index_results.html"
    delete_template_name = "wagtail_portal/desk/confirm_delete.html"

    def __init_subclass__(cls, **attributes):
        super().__init_subclass__()
        for name, value in attributes.items():
            setattr(cls, name, value)

    def register_chooser_viewset(self):
        """Only where choosing is wanted."""
        if self.chooser_enabled:
            super().register_chooser_viewset()

    def get_queryset(self, request):
        """The rows that the user may see."""
        return self.permission_policy.instances_user_has_any_permission_for(
            request.user, self.index_view_class.any_permission_required
        )


class KeyFromNameForm(WagtailAdminModelForm):
    """Give a new object a unique ``key`` made of its ``name``. It never changes again."""

    def save(self, commit=True):
        instance = self.instance
        if not instance.key:
            others = type(instance).objects.filter
            instance.key = unique_slug(
                instance.name,
                lambda slug: others(key=slug).exists(),
                instance._meta.model_name,
            )
        return super().save(commit)


class TranslationsPanel(FieldPanel):
    """The texts of a row in the site's other languages, where it has any."""

    def __init__(self, field_name="translations", **kwargs):
        super().__init__(field_name, **kwargs)

    class BoundPanel(FieldPanel.BoundPanel):
        def is_shown(self):
            return len(content_languages()) > 1 and super().is_shown()
