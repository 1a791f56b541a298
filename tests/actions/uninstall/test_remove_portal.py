"""What prevents uninstalling the portal. ``tests.hosts.test_removal`` uninstalls it."""

import builtins
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from wagtail.models import Site

from wagtail_portal.models import Ticket


def uninstall(**options) -> None:
    call_command("portal_uninstall", delete=True, stdout=StringIO(), **options)


def test_models_of_the_site_that_refer_to_the_portal_come_first(ticket):
    with pytest.raises(
        CommandError, match=r"Nothing was deleted\. testapp\.\w+ refers to the portal"
    ):
        uninstall(no_input=True)
    assert Ticket.objects.get() == ticket


def test_portal_may_not_be_the_root_of_a_site(home, ticket):
    Site.objects.update(root_page=home)
    with pytest.raises(CommandError, match="Choose another root page"):
        uninstall(no_input=True)
    assert Ticket.objects.get() == ticket


def test_command_asks_first(ticket, monkeypatch):
    monkeypatch.setattr(builtins, "input", lambda question: "no")
    with pytest.raises(CommandError, match="Nothing was deleted"):
        uninstall()
    assert Ticket.objects.get() == ticket
