"""Lock a visitor's request."""

from django.utils.translation import gettext

from wagtail_portal.actions._locks import for_update
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import PendingRequest


def lock_request(request: PendingRequest) -> None:
    """Lock the row of a request until the transaction ends, and reload it.

    :raises Invalid: when it has been deleted, because it's too old or the person was erased.
    """
    try:
        request.refresh_from_db(from_queryset=for_update(PendingRequest.objects.all()))
    except PendingRequest.DoesNotExist as error:
        raise Invalid(gettext("This request has expired. Send the form again.")) from error
