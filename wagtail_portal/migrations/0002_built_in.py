"""What every portal starts with: roles, statuses, and groups for the team."""

from django.conf import settings
from django.db import migrations
from django.utils.translation import gettext, override
from django.utils.translation import gettext_noop as _

from wagtail_portal.models.default_groups import create_groups

ROLES = [
    # key, name, tickets, can_edit_tickets, members
    ("admin", _("Admin"), "organization", True, "manage"),
    ("member", _("Member"), "own", True, "none"),
    ("no-access", _("No access"), "none", False, "none"),
]

STATUSES = [
    # key, name for the team, label for customers, state
    ("new", _("New"), _("Received"), "new"),
    ("in-progress", _("In progress"), _("In progress"), "waiting_on_us"),
    ("waiting-on-customer", _("Waiting on customer"), _("Waiting on you"), "waiting_on_customer"),
    ("on-hold", _("On hold"), _("On hold"), "on_hold"),
    ("closed", _("Closed"), _("Solved"), "closed"),
]

# status -> (after a customer's reply, after the team's reply)
FOLLOW_UPS = {
    "new": (None, "waiting-on-customer"),
    "in-progress": (None, "waiting-on-customer"),
    "waiting-on-customer": ("in-progress", None),
    "on-hold": ("in-progress", None),
    "closed": ("in-progress", None),
}


def in_other_languages(name, text):
    """What our catalogues have for ``text``, as the field ``translations`` keeps it."""
    found = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            translated = gettext(text)
        words = {name: translated}
        # What a kind of German has in common with German is not said twice.
        common = found.get(code.partition("-")[0]) == words
        if code != settings.LANGUAGE_CODE and translated != text and not common:
            found[code] = words
    return found


def create(apps, schema_editor):
    Role = apps.get_model("wagtail_portal", "Role")
    for order, (key, name, tickets, can_edit, members) in enumerate(ROLES):
        Role.objects.create(
            key=key,
            name=name,
            translations=in_other_languages("name", name),
            locked=True,
            tickets=tickets,
            can_edit_tickets=can_edit,
            members=members,
            sort_order=order,
        )
    Status = apps.get_model("wagtail_portal", "Status")
    made = {
        key: Status.objects.create(
            key=key,
            name=name,
            label=label,
            translations=in_other_languages("label", label),
            state=state,
            sort_order=order,
        )
        for order, (key, name, label, state) in enumerate(STATUSES)
    }
    for key, (customer, team) in FOLLOW_UPS.items():
        made[key].after_customer_reply = made.get(customer)
        made[key].after_team_reply = made.get(team)
        made[key].save()


def add_groups(apps, schema_editor):
    create_groups(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("wagtail_portal", "0001_initial"),
        ("wagtailadmin", "0001_create_admin_access_permissions"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.RunPython(create, migrations.RunPython.noop),
        # Groups stay, as permissions do. "portal_uninstall" deletes them.
        migrations.RunPython(add_groups, migrations.RunPython.noop),
    ]
