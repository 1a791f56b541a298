"""The "Support" menu."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.menu import SubmenuMenuItem
from wagtail.snippets.views.snippets import SnippetViewSetGroup

from . import system_status
from .customer_fields import CustomerFieldViewSet
from .email_templates import EmailTemplateViewSet
from .emails import EmailViewSet
from .members import MemberViewSet
from .organizations import OrganizationViewSet
from .received_emails import ReceivedEmailViewSet
from .roles import RoleViewSet
from .saved_replies import SavedReplyViewSet
from .statuses import StatusViewSet
from .ticket_fields import TicketFieldViewSet
from .tickets.viewset import TicketViewSet
from .views import NoBulkDelete


class SupportMenuItem(system_status.CountsProblems, SubmenuMenuItem):
    """The menu, with the number of problems."""


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
        CustomerFieldViewSet,
        EmailViewSet,
        ReceivedEmailViewSet,
        EmailTemplateViewSet,
        SavedReplyViewSet,
    )

    def get_submenu_items(self):
        items = super().get_submenu_items()
        return [*items, system_status.menu_item(len(items) + 1)]

    def get_menu_item(self, order=None):
        item = super().get_menu_item(order)
        icon, order = item.icon_name, item.order
        return SupportMenuItem(item.label, item.menu, name=item.name, icon_name=icon, order=order)


NoBulkDelete.models = [viewset.model for viewset in SupportGroup.items]
