"""The groups with which every portal starts."""

from typing import Any

AGENT = {
    "ticket": ["view", "add", "change", "reply", "note", "assign", "merge", "export"],
    "organization": ["view"],
    "member": ["view"],
    "savedreply": ["view"],
    "receivedemail": ["view", "decide"],
}
MANAGER = {
    "ticket": [*AGENT["ticket"], "delete", "report", "view_as_member"],
    "organization": ["view", "add", "change", "delete"],
    "member": ["view", "add", "change", "delete"],
    "status": ["view", "add", "change", "delete"],
    "ticketfield": ["view", "add", "change", "delete"],
    "customerfield": ["view", "add", "change", "delete"],
    "role": ["view", "add", "change", "delete"],
    "savedreply": ["view", "add", "change", "delete"],
    "portalsettings": ["change"],
    "notification": ["view", "retry"],
    "receivedemail": ["view", "decide"],
    "emailtemplate": ["view", "add", "change", "delete"],
    "sweepstate": ["view_system_status"],
}
GROUPS = {"Support agents": AGENT, "Support managers": MANAGER}


def create_groups(apps: Any, names: Any = tuple(GROUPS)) -> None:
    """Create groups for the team, with their permissions.

    :param apps: the registry with the models: Django's own, or a migration's.
    """
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
    for group_name in names:
        rights = GROUPS[group_name]
        group, _created = Group.objects.get_or_create(name=group_name)
        group.permissions.add(access)
        for model, actions in rights.items():
            content_type, _created = ContentType.objects.get_or_create(
                app_label="wagtail_portal", model=model
            )
            options = apps.get_model("wagtail_portal", model)._meta
            labels = dict(options.permissions)
            for action in actions:
                # "view_as_member" is a right on tickets whose name says it all.
                codename = action if "_" in action else f"{action}_{model}"
                permission, _created = Permission.objects.get_or_create(
                    content_type=content_type,
                    codename=codename,
                    defaults={
                        "name": labels.get(codename, f"Can {action} {options.verbose_name_raw}")
                    },
                )
                group.permissions.add(permission)
