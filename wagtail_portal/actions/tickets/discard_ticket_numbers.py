"""Delete what's left of giving out ticket numbers."""

from wagtail_portal.models import TicketNumber
from wagtail_portal.utils.rows import delete_some


def discard_ticket_numbers(*, most: int | None = None) -> int:
    """Delete all rows of the counter but the newest, and return how many. No number is given out
    twice.

    :param most: how many to delete now; None for all.
    """
    newest = TicketNumber.objects.order_by("-pk").values_list("pk", flat=True).first()
    return delete_some(TicketNumber.objects.filter(pk__lt=newest or 0), most)
