"""The "Support" menu."""

from django.utils.translation import gettext_lazy as _
from wagtail.snippets.views.snippets import SnippetViewSetGroup

from .email_templates import EmailTemplateViewSet
from .emails import EmailViewSet
from .members import MemberViewSet
from .organizations import OrganizationViewSet
from .roles import RoleViewSet
from .saved_replies import SavedReplyViewSet
from .statuses import StatusViewSet
from .ticket_fields import TicketFieldViewSet
from .tickets.viewset import TicketViewSet
from .views import NoBulkDelete


class SupportGroup(SnippetViewSetGroup):
    """Shows each entry to users with a permission on its model. Without entries, it's hidden."""

    menu_label = _("Support")
    menu_name = "support"
    menu_icon = "comment"
    menu_order = 150
    items = (
        TicketViewSet,
        MemberViewSet,
        OrganizationViewSet,
        RoleViewSet,
        StatusViewSet,
        TicketFieldViewSet,
        EmailViewSet,
        EmailTemplateViewSet,
        SavedReplyViewSet,
    )


NoBulkDelete.models = [viewset.model for viewset in SupportGroup.items]
