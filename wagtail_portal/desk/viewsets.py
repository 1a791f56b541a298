"""What the viewsets of the "Support" menu have in common."""

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.admin.ui.tables import Column
from wagtail.snippets.views.snippets import SnippetViewSet

from wagtail_portal.compat import set_viewset_policy
from wagtail_portal.fields.translations import content_languages
from wagtail_portal.models.field_definitions import unique_slug
from wagtail_portal.utils.strict import refuse_overflow

from . import views
from .policies import POLICIES


class YesColumn(Column):
    """Says "Yes" where something holds, and nothing elsewhere.

    Wagtail's column shows a red cross there, as if it were an error.
    """

    def get_value(self, instance):
        return gettext("Yes") if super().get_value(instance) else ""


class EmailColumn(Column):
    """Breaks email addresses, which would leave no space for names."""

    class Media:
        css = {"all": ["wagtail_portal/desk/desk.css"]}

    def __init__(self, name, **kwargs):
        super().__init__(name, classname="wrap-anywhere", **kwargs)


class DeskViewSet(SnippetViewSet):
    """A snippet of the support team, with the policy of its model in ``POLICIES``."""

    #: A chooser shows the titles of all rows to everyone in the admin.
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

    # The templates of snippets have bulk actions.
    index_template_name = "wagtailadmin/generic/index.html"
    index_results_template_name = "wagtailadmin/generic/index_results.html"
    delete_template_name = "wagtail_portal/desk/confirm_delete.html"

    def __init_subclass__(cls):
        super().__init_subclass__()
        if cls.model in POLICIES:
            set_viewset_policy(cls, POLICIES[cls.model])

    def register_chooser_viewset(self):
        """Register the chooser only if it's enabled."""
        if self.chooser_enabled:
            super().register_chooser_viewset()

    def construct_view(self, view_class, **kwargs):
        """Return the view, which refuses numbers that SQLite can't handle."""
        return refuse_overflow(super().construct_view(view_class, **kwargs))

    def get_queryset(self, request):
        """Return the rows that the user can see."""
        return self.permission_policy.instances_user_has_any_permission_for(
            request.user, self.index_view_class.any_permission_required
        )


class FormlessViewSet(DeskViewSet):
    """A snippet that isn't added or edited in Wagtail's form."""

    add_to_reference_index = False
    inspect_view_enabled = False
    edit_handler = ObjectList([])

    def get_permissions_to_register(self):
        """Return all permissions on the model, which Wagtail would limit to those of its views."""
        content_type = ContentType.objects.get_for_model(self.model)
        return Permission.objects.filter(content_type=content_type)

    def get_form_class(self, for_update=False):
        """Return no form."""
        return None


class KeyFromNameForm(WagtailAdminModelForm):
    """Gives a new object a unique ``key`` made from its ``name``. The key never changes."""

    def save(self, commit=True):
        instance = self.instance
        if not instance.key:
            others = type(instance).objects
            instance.key = unique_slug(
                instance.name,
                lambda slug: others.filter(key=slug).exists(),
                instance._meta.model_name,
            )
        return super().save(commit)


class TranslationsPanel(FieldPanel):
    """The texts of a row in the site's other languages, if it has any."""

    def __init__(self, field_name="translations", **kwargs):
        super().__init__(field_name, **kwargs)

    class BoundPanel(FieldPanel.BoundPanel):
        def is_shown(self):
            return len(content_languages()) > 1 and super().is_shown()
