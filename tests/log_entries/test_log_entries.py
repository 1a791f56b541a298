"""Every log action has one declaration, which says who can read what."""

import re

from django.conf import settings
from wagtail.log_actions import registry

from wagtail_portal.log_entries import LOG_ENTRY_TYPES

ACTIONS = settings.TESTS_DIR.parent / "wagtail_portal" / "actions"


def test_declared_log_actions_are_registered_and_used():
    source = "\n".join(path.read_text(encoding="utf-8") for path in ACTIONS.rglob("*.py"))
    for action, entry_type in LOG_ENTRY_TYPES.items():
        assert registry.action_exists(entry_type.name)
        assert registry.get_action_label(entry_type.name) == entry_type.label
        assert f'"{action}"' in source, f"nothing logs {action}"


def test_every_logged_action_is_declared():
    written = {
        action
        for path in ACTIONS.rglob("*.py")
        for action in re.findall(
            r'record(?:_for_site)?\(\s*\w+,\s*"(\w+)"', path.read_text("utf-8")
        )
    }
    assert written and written <= set(LOG_ENTRY_TYPES)


def test_customers_only_read_entries_that_declare_it():
    shown = {a for a, row in LOG_ENTRY_TYPES.items() if row.timeline is not None or row.history}
    assert not shown & {"add_note", "rate_ticket", "mute", "link_tickets", "limit_group"}
