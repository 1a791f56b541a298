"""What the tests of incoming email share."""

import pytest

from wagtail_portal import actions
from wagtail_portal.models import PortalSettings, ReceivedEmail

from .emails import SERVER

MAILBOX = "support@company.example"


@pytest.fixture
def incoming(home, settings):
    """The settings of a portal that receives email, from an email server whose results count."""
    settings.WAGTAIL_PORTAL = {"EMAIL_AUTHSERV_IDS": (SERVER,)}
    portal = PortalSettings.for_site(home.get_site())
    portal.incoming_address = MAILBOX
    portal.save()
    return portal


@pytest.fixture
def arrive(incoming, django_capture_on_commit_callbacks):
    """Return ``arrive(raw)``, which receives and processes an email to one portal and returns its
    row."""

    def run(raw: bytes, **envelope) -> ReceivedEmail:
        with django_capture_on_commit_callbacks(execute=True):
            (row,) = actions.receive_email(raw, **envelope)
        row.refresh_from_db()
        return row

    return run
