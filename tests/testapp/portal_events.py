"""An event of the site: a customer's contract is about to end."""

from datetime import date

from django.dispatch import Signal
from django.utils.formats import date_format

from wagtail_portal.events import Event, Frequency, Preference
from wagtail_portal.notifications import register_event
from wagtail_portal.notifications.recipients import managers

#: Sent with ``by``, ``site``, ``organization`` and ``data``: ``product`` and ``ends_on``.
contract_ending = Signal()
#: Products whose contracts have been renewed since.
renewed = set()


def contract_context(notification, context):
    """Return the template context, or None for a contract that was renewed."""
    product = notification.data["product"]
    if product in renewed:
        return None
    ends_on = date.fromisoformat(notification.data["ends_on"])
    return {"product": product, "ends_on": date_format(ends_on)}


register_event(
    Event(
        key="testapp_contract_ending",
        label="Contract ending",
        signal=contract_ending,
        recipients=(managers,),
        member_preference=Preference(
            "A contract ends",
            default=Frequency.AT_ONCE,
            # The billing system only knows some customers.
            is_offered=lambda member, portal: bool(member.organization.external_id),
        ),
        template="testapp/email/contract_ending",
        context=contract_context,
        button="See your contracts",
        reason="You're receiving this email because you manage your organization.",
        is_editable=True,
        placeholders=("product", "ends_on", "recipient", "portal"),
    )
)
