"""What every portal starts with: roles, statuses, and groups for the team."""

from django.conf import settings
from django.db import migrations
from django.utils.translation import gettext, override
from django.utils.translation import gettext_noop as _

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

AGENT = {
    "ticket": ["view", "add", "change", "reply", "note", "assign", "merge", "export"],
    "organization": ["view"],
    "member": ["view"],
    "savedreply": ["view"],
}
MANAGER = {
    "ticket": [*AGENT["ticket"], "delete", "report", "view_as_member"],
    "organization": ["view", "add", "change", "delete"],
    "member": ["view", "add", "change", "delete"],
    "status": ["view", "add", "change", "delete"],
    "ticketfield": ["view", "add", "change", "delete"],
    "role": ["view", "add", "change", "delete"],
    "savedreply": ["view", "add", "change", "delete"],
    "portalsettings": ["change"],
    "notification": ["view", "retry"],
    "emailtemplate": ["view", "add", "change", "delete"],
    "sweepstate": ["view_system_status"],
}
GROUPS = {"Support agents": AGENT, "Support managers": MANAGER}


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


def create_groups(apps, schema_editor):
    # Django makes content types and permissions only after all migrations have run.
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    Group = apps.get_model("auth", "Group")
    admin_type, _created = ContentType.objects.get_or_create(
        app_label="wagtailadmin", model="admin"
    )
    access, _created = Permission.objects.get_or_create(
        content_type=admin_type,
        codename="access_admin",
        defaults={"name": "Can access Wagtail admin"},
    )
    for group_name, rights in GROUPS.items():
        group, _created = Group.objects.get_or_create(name=group_name)
        group.permissions.add(access)
        for model, actions in rights.items():
            content_type, _created = ContentType.objects.get_or_create(
                app_label="wagtail_portal", model=model
            )
            options = apps.get_model("wagtail_portal", model)._meta
            names = dict(options.permissions)
            for action in actions:
                # "view_as_member" is a right on tickets whose name says it all.
                codename = action if "_" in action else f"{action}_{model}"
                permission, _created = Permission.objects.get_or_create(
                    content_type=content_type,
                    codename=codename,
                    defaults={
                        "name": names.get(codename, f"Can {action} {options.verbose_name_raw}")
                    },
                )
                group.permissions.add(permission)


def remove(apps, schema_editor):
    apps.get_model("wagtail_portal", "Status").objects.all().delete()
    apps.get_model("wagtail_portal", "Role").objects.all().delete()
    apps.get_model("auth", "Group").objects.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("wagtail_portal", "0001_initial"),
        ("wagtailadmin", "0001_create_admin_access_permissions"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.RunPython(create, migrations.RunPython.noop),
        migrations.RunPython(create_groups, remove),
    ]
