import uuid

import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import modelcluster.fields
import swapper
import wagtail.fields
import wagtail.images
import wagtail.models.preview
from django.conf import settings
from django.db import migrations, models

import wagtail_portal.columns.registry
import wagtail_portal.events
import wagtail_portal.fields.file_types
import wagtail_portal.models.background_runs
import wagtail_portal.models.fields
import wagtail_portal.models.incoming_settings
import wagtail_portal.models.messages
import wagtail_portal.models.received_emails
import wagtail_portal.models.settings_rows
from wagtail_portal.utils.migrations import CreateModels

# Both can be swapped by the site: its migrations must not drift from ours.
swapper.set_app_prefix("wagtailcore", "wagtail")
PAGE_MODEL = swapper.get_model_name("wagtailcore", "Page")
IMAGE_MODEL = wagtail.images.get_image_model_string()


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        swapper.dependency("wagtailcore", "Page"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
        # Whatever runs after this migration takes longer, because there are more models.
        ("wagtailadmin", "0006_formstate"),
        ("wagtailimages", "0027_image_description"),
        ("wagtailusers", "0015_userprofile_keyboard_shortcuts"),
        migrations.swappable_dependency(IMAGE_MODEL),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Role",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.SlugField(unique=True, verbose_name="key")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "locked",
                    models.BooleanField(default=False, editable=False, verbose_name="built in"),
                ),
                (
                    "tickets",
                    models.CharField(
                        choices=[
                            ("none", "No tickets"),
                            ("own", "Own and followed tickets"),
                            ("organization", "All tickets of the organization"),
                        ],
                        default="own",
                        max_length=20,
                        verbose_name="tickets",
                    ),
                ),
                (
                    "can_edit_tickets",
                    models.BooleanField(
                        default=True,
                        help_text="Can open tickets, reply, attach files and edit fields. "
                        "Otherwise, tickets are read-only.",
                        verbose_name="can open and edit tickets",
                    ),
                ),
                (
                    "members",
                    models.CharField(
                        choices=[("none", "None"), ("view", "View"), ("manage", "Manage")],
                        default="none",
                        max_length=10,
                        verbose_name="members",
                    ),
                ),
                ("sort_order", models.PositiveIntegerField(default=100, editable=False)),
                (
                    "translations",
                    models.JSONField(blank=True, default=dict, verbose_name="in other languages"),
                ),
            ],
            options={
                "verbose_name": "role",
                "verbose_name_plural": "roles",
                "ordering": ["sort_order", "name"],
            },
        ),
        migrations.CreateModel(
            name="Organization",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.SlugField(editable=False, null=True, unique=True)),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "external_id",
                    models.CharField(
                        blank=True,
                        help_text="How your other systems identify this customer.",
                        max_length=100,
                        null=True,
                        unique=True,
                        verbose_name="external ID",
                    ),
                ),
                (
                    "domain_joining",
                    models.CharField(
                        choices=[
                            ("off", "Not allowed"),
                            ("approval", "Requires approval by an organization admin or the team"),
                            ("direct", "Join immediately"),
                        ],
                        default="approval",
                        help_text="For people who have verified an email address at one of the "
                        "verified domains.",
                        max_length=10,
                        verbose_name="joining by email domain",
                    ),
                ),
                (
                    "legal_hold",
                    models.BooleanField(
                        default=False,
                        help_text="As long as this is ticked, no one can delete the organization’s tickets "
                        "or erase its members, and they’re kept whatever the retention settings say.",
                        verbose_name="legal hold",
                    ),
                ),
                (
                    "notes",
                    models.TextField(blank=True, default="", editable=False, verbose_name="notes"),
                ),
                ("values", models.JSONField(blank=True, default=dict, editable=False)),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created at"
                    ),
                ),
                (
                    "default_role",
                    models.ForeignKey(
                        blank=True,
                        help_text="Leave empty to use the default in the portal settings.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="wagtail_portal.role",
                        verbose_name="default role",
                    ),
                ),
            ],
            options={
                "verbose_name": "organization",
                "verbose_name_plural": "organizations",
                "ordering": ["name", "id"],
                "indexes": [
                    models.Index(fields=["name", "id"], name="portal_organization_name"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AgentPreferences",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "after_sending",
                    models.CharField(
                        choices=[
                            ("stay", "Stay on this ticket"),
                            ("next", "Go to the next ticket"),
                            ("list", "Go back to the list"),
                        ],
                        default="stay",
                        max_length=10,
                    ),
                ),
            ],
            options={
                "verbose_name": "agent preferences",
                "verbose_name_plural": "agent preferences",
            },
        ),
        migrations.CreateModel(
            name="InboxPreferences",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "density",
                    models.CharField(
                        choices=[
                            ("compact", "One line per ticket"),
                            ("comfortable", "Comfortable, with the last message on a second line"),
                        ],
                        default="compact",
                        max_length=20,
                    ),
                ),
                ("columns", models.JSONField(blank=True, default=list)),
                ("view_order", models.JSONField(blank=True, default=list)),
                ("pinned_views", models.JSONField(blank=True, default=list)),
            ],
            options={
                "verbose_name": "inbox preferences",
                "verbose_name_plural": "inbox preferences",
            },
        ),
        migrations.CreateModel(
            name="Profile",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="portal_profile",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=20, verbose_name="language")),
                (
                    "time_zone",
                    models.CharField(blank=True, max_length=60, verbose_name="time zone"),
                ),
                ("name_asked", models.BooleanField(default=False, editable=False)),
            ],
            options={
                "verbose_name": "profile",
                "verbose_name_plural": "profiles",
            },
        ),
        migrations.CreateModel(
            name="Member",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "joined_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="joined at"
                    ),
                ),
                (
                    "activated_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="first signed in at"
                    ),
                ),
                (
                    "last_seen_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="last active at"
                    ),
                ),
                ("chosen_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("read_until", models.PositiveBigIntegerField(editable=False)),
                (
                    "notes",
                    models.TextField(blank=True, default="", editable=False, verbose_name="notes"),
                ),
                ("values", models.JSONField(blank=True, default=dict, editable=False)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="portal_memberships",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="wagtail_portal.organization",
                        verbose_name="organization",
                    ),
                ),
                (
                    "former_role",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtail_portal.role",
                    ),
                ),
                (
                    "role",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="wagtail_portal.role",
                        verbose_name="role",
                    ),
                ),
            ],
            options={
                "verbose_name": "member",
                "verbose_name_plural": "members",
                "ordering": ["organization", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "organization"), name="portal_member_once"
                    ),
                ],
                "indexes": [
                    models.Index(fields=["organization", "role"], name="portal_member_role")
                ],
            },
        ),
        migrations.CreateModel(
            name="Status",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.SlugField(unique=True, verbose_name="key")),
                ("name", models.CharField(max_length=60, verbose_name="name for the team")),
                ("label", models.CharField(max_length=60, verbose_name="label for customers")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("waiting_on_us", "Waiting on us"),
                            ("waiting_on_customer", "Waiting on customer"),
                            ("on_hold", "On hold"),
                            ("closed", "Closed"),
                        ],
                        help_text="Determines tabs, colours and reports.",
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                ("sort_order", models.PositiveIntegerField(default=100, verbose_name="order")),
                (
                    "after_customer_reply",
                    models.ForeignKey(
                        blank=True,
                        help_text="The status set when a customer replies. Choose this status "
                        "to keep it. Leave empty to use the first “Waiting on us” "
                        "status if the ticket is waiting on the customer, on hold or "
                        "closed.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtail_portal.status",
                        verbose_name="after a customer reply",
                    ),
                ),
                (
                    "after_team_reply",
                    models.ForeignKey(
                        blank=True,
                        help_text="The status set when the team replies. Choose this status to "
                        "keep it. Leave empty to use the first “Waiting on customer” "
                        "status if the ticket is new or waiting on us.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtail_portal.status",
                        verbose_name="after a team reply",
                    ),
                ),
                (
                    "translations",
                    models.JSONField(blank=True, default=dict, verbose_name="in other languages"),
                ),
            ],
            options={
                "verbose_name": "status",
                "verbose_name_plural": "statuses",
                "ordering": ["sort_order", "id"],
            },
        ),
        migrations.CreateModel(
            name="Ticket",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.PositiveBigIntegerField(
                        editable=False, unique=True, verbose_name="number"
                    ),
                ),
                ("subject", models.CharField(max_length=200, verbose_name="subject")),
                (
                    "urgency",
                    models.CharField(
                        choices=[
                            ("low", "Low"),
                            ("normal", "Normal"),
                            ("high", "High"),
                            ("urgent", "Urgent"),
                        ],
                        default="normal",
                        max_length=10,
                        verbose_name="urgency",
                    ),
                ),
                (
                    "values",
                    models.JSONField(blank=True, default=dict, verbose_name="ticket fields"),
                ),
                ("answers", models.JSONField(blank=True, default=list, verbose_name="answers")),
                (
                    "form_title",
                    models.CharField(blank=True, max_length=255, verbose_name="title of the form"),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("form", "Form"),
                            ("desk", "Support team"),
                            ("mail", "Email"),
                            ("api", "API"),
                            ("import", "Import"),
                        ],
                        default="form",
                        max_length=10,
                        verbose_name="channel",
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=20, verbose_name="language")),
                ("private", models.BooleanField(default=False, verbose_name="private")),
                (
                    "opened_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="opened at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="last activity"
                    ),
                ),
                (
                    "team_updated_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="last change"
                    ),
                ),
                ("revision", models.PositiveIntegerField(default=0, editable=False)),
                ("shared_revision", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "first_answered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="first replied at"),
                ),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="closed at"),
                ),
                (
                    "anonymized_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="anonymised at"
                    ),
                ),
                (
                    "waiting_since",
                    models.DateTimeField(blank=True, null=True, verbose_name="waiting since"),
                ),
                ("newest_message", models.PositiveBigIntegerField(default=0, editable=False)),
                ("submission_key", models.UUIDField(blank=True, editable=False, null=True)),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="auth.group",
                        verbose_name="assigned group",
                    ),
                ),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="assignee",
                    ),
                ),
                (
                    "follow_up_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="follow_ups",
                        to="wagtail_portal.ticket",
                        verbose_name="follow-up to",
                    ),
                ),
                (
                    "form",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=PAGE_MODEL,
                        verbose_name="form",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="merged_tickets",
                        to="wagtail_portal.ticket",
                        verbose_name="merged into",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="wagtail_portal.organization",
                        verbose_name="organization",
                    ),
                ),
                (
                    "requester",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="requested_tickets",
                        to="wagtail_portal.member",
                        verbose_name="requester",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="wagtailcore.site",
                        verbose_name="site",
                    ),
                ),
                (
                    "source_page",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=PAGE_MODEL,
                        verbose_name="sent from",
                    ),
                ),
                (
                    "status",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="wagtail_portal.status",
                        verbose_name="status",
                    ),
                ),
            ],
            options={
                "verbose_name": "ticket",
                "verbose_name_plural": "tickets",
                "ordering": ["-updated_at", "-id"],
                "permissions": [
                    ("reply_ticket", "Can reply to tickets"),
                    ("note_ticket", "Can write internal notes"),
                    ("assign_ticket", "Can assign tickets"),
                    ("merge_ticket", "Can merge tickets"),
                    ("export_ticket", "Can export tickets"),
                    ("report_ticket", "Can view the ticket report"),
                    ("view_as_member", "Can view the portal as a member"),
                ],
                "indexes": [
                    models.Index(
                        fields=["organization", "-updated_at", "-id"],
                        name="portal_ticket_organization",
                    ),
                    models.Index(
                        fields=["organization", "status", "-updated_at", "-id"],
                        name="portal_ticket_tab",
                    ),
                    models.Index(
                        fields=["requester", "-updated_at", "-id"], name="portal_ticket_requester"
                    ),
                    models.Index(fields=["-team_updated_at", "-id"], name="portal_ticket_team"),
                    models.Index(
                        fields=["status", "-team_updated_at", "-id"], name="portal_ticket_status"
                    ),
                    models.Index(
                        fields=["assignee", "-team_updated_at", "-id"],
                        name="portal_ticket_assignee",
                    ),
                    models.Index(fields=["waiting_since", "id"], name="portal_ticket_waiting"),
                    models.Index(
                        fields=[
                            "opened_at",
                            "first_answered_at",
                            "organization",
                            "assignee",
                            "group",
                            "form",
                        ],
                        name="portal_ticket_opened",
                    ),
                    models.Index(
                        fields=[
                            "closed_at",
                            "opened_at",
                            "organization",
                            "assignee",
                            "group",
                            "form",
                        ],
                        name="portal_ticket_closed",
                    ),
                    models.Index(
                        fields=["group", "-team_updated_at", "-id"],
                        name="portal_ticket_group",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("requester", "submission_key"), name="portal_ticket_submitted_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TicketField",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.SlugField(editable=False, unique=True, verbose_name="key")),
                ("label", models.CharField(max_length=120, verbose_name="label")),
                (
                    "help_text",
                    models.CharField(blank=True, max_length=300, verbose_name="help text"),
                ),
                ("type", models.CharField(default="text", max_length=40, verbose_name="type")),
                (
                    "default",
                    models.JSONField(blank=True, editable=False, null=True, verbose_name="default"),
                ),
                (
                    "set_by",
                    models.CharField(
                        choices=[
                            ("customers", "Customers and the team"),
                            ("team", "The team only"),
                        ],
                        default="customers",
                        max_length=10,
                        verbose_name="who can set it",
                    ),
                ),
                (
                    "in_inbox",
                    models.BooleanField(
                        default=False,
                        help_text="Shown as a column in the ticket listing in the admin.",
                        verbose_name="in the team’s inbox",
                    ),
                ),
                (
                    "archived",
                    models.BooleanField(
                        default=False,
                        help_text="No longer offered in forms. Existing tickets keep their values.",
                        verbose_name="archived",
                    ),
                ),
                ("sort_order", models.PositiveIntegerField(default=100, editable=False)),
                (
                    "translations",
                    models.JSONField(blank=True, default=dict, verbose_name="in other languages"),
                ),
            ],
            options={
                "verbose_name": "ticket field",
                "verbose_name_plural": "ticket fields",
                "ordering": ["sort_order", "id"],
            },
        ),
        migrations.CreateModel(
            name="TicketNumber",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ],
            options={
                "verbose_name": "ticket number",
            },
        ),
        migrations.CreateModel(
            name="BulkChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("verb", models.CharField(max_length=20)),
                ("arguments", models.JSONField(default=dict)),
                ("tickets", models.JSONField(default=list)),
                ("total", models.PositiveIntegerField(default=0)),
                ("position", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                ("problems", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "active_until",
                    models.DateTimeField(default=wagtail_portal.models.background_runs.lease_end),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "bulk change",
                "verbose_name_plural": "bulk changes",
                "ordering": ["-created_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("members", models.JSONField(default=list)),
                ("remove_texts", models.BooleanField(default=False)),
                ("total", models.PositiveIntegerField(default=0)),
                ("position", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                ("problems", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "active_until",
                    models.DateTimeField(default=wagtail_portal.models.background_runs.lease_end),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "erasure",
                "verbose_name_plural": "erasures",
                "ordering": ["-created_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="CustomerImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("rows", models.JSONField(default=list)),
                ("total", models.PositiveIntegerField(default=0)),
                ("position", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                ("problems", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "active_until",
                    models.DateTimeField(default=wagtail_portal.models.background_runs.lease_end),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "ordering": ["-created_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="DiscardedFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "due_at",
                    models.DateTimeField(
                        db_index=True,
                        default=django.utils.timezone.now,
                        verbose_name="next attempt",
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                ("error", models.TextField(blank=True, verbose_name="error")),
            ],
            options={
                "verbose_name": "file to be deleted",
                "verbose_name_plural": "files to be deleted",
            },
        ),
        migrations.CreateModel(
            name="SweepState",
            fields=[
                (
                    "name",
                    models.CharField(max_length=40, primary_key=True, serialize=False),
                ),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("claim", models.UUIDField(editable=False, null=True)),
                ("claimed_until", models.DateTimeField(editable=False, null=True)),
                (
                    "last_success_at",
                    models.DateTimeField(null=True, verbose_name="last success"),
                ),
                ("error", models.TextField(blank=True, verbose_name="error")),
            ],
            options={
                "verbose_name": "state of a sweep",
                "verbose_name_plural": "states of sweeps",
                "permissions": [("view_system_status", "Can view the system status")],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                (
                    "key",
                    models.CharField(max_length=40, primary_key=True, serialize=False),
                ),
                ("sent_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "alert",
                "verbose_name_plural": "alerts",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="email address")),
                ("note", models.TextField(blank=True, verbose_name="note")),
                (
                    "token_digest",
                    models.CharField(editable=False, max_length=64, null=True, unique=True),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "email_failed",
                    models.BooleanField(
                        default=False, editable=False, verbose_name="email not sent"
                    ),
                ),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                (
                    "accepted_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="accepted at"),
                ),
                (
                    "withdrawn_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="withdrawn at"),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtailcore.site",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="wagtail_portal.organization",
                    ),
                ),
                (
                    "role",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="wagtail_portal.role",
                    ),
                ),
            ],
            options={
                "verbose_name": "invitation",
                "verbose_name_plural": "invitations",
                "ordering": ["-created_at", "-id"],
                "indexes": [
                    models.Index(fields=["email"], name="portal_invitation_email"),
                ],
            },
        ),
        migrations.CreateModel(
            name="NotificationPreferences",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("choices", models.JSONField(blank=True, default=dict)),
                ("watches", models.BooleanField(db_index=True, default=False)),
                (
                    "agent",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "member",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notification_preferences",
                        to="wagtail_portal.member",
                    ),
                ),
            ],
            options={
                "verbose_name": "notification preferences",
                "verbose_name_plural": "notification preferences",
            },
        ),
        migrations.CreateModel(
            name="Follower",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "added_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="follower_links",
                        to="wagtail_portal.member",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="follower_links",
                        to="wagtail_portal.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "follower",
                "verbose_name_plural": "followers",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("ticket", "member"), name="portal_follower_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Guest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="email address")),
                ("language", models.CharField(blank=True, max_length=20)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="wagtail_portal.member",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="guest_links",
                        to="wagtail_portal.member",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="guests",
                        to="wagtail_portal.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "guest",
                "verbose_name_plural": "guests",
                "ordering": ["id"],
                "indexes": [
                    models.Index(fields=["email"], name="portal_guest_email"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("ticket", "email"), name="portal_guest_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("reply", "Reply"), ("note", "Internal note")],
                        default="reply",
                        max_length=10,
                    ),
                ),
                ("from_team", models.BooleanField(default=False, verbose_name="from the team")),
                ("body", models.TextField(blank=True, verbose_name="text")),
                ("quoted", models.TextField(blank=True, default="")),
                ("rendered", models.TextField(blank=True, default="", editable=False)),
                (
                    "renderer_version",
                    models.PositiveSmallIntegerField(default=0, editable=False),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="sent at"),
                ),
                (
                    "edited_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="edited at"
                    ),
                ),
                ("submission_key", models.UUIDField(blank=True, editable=False, null=True)),
                (
                    "former_author",
                    models.CharField(blank=True, default="", editable=False, max_length=200),
                ),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtail_portal.member",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="wagtail_portal.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "message",
                "verbose_name_plural": "messages",
                "ordering": ["id"],
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["ticket", "id"], name="portal_message_ticket"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("ticket", "author", "submission_key"),
                        name="portal_message_submitted_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MessageVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("body", models.TextField(blank=True, verbose_name="text")),
                (
                    "replaced_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="replaced at"
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="wagtail_portal.message",
                    ),
                ),
            ],
            options={
                "verbose_name": "earlier version of a message",
                "verbose_name_plural": "earlier versions of messages",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="GroupScope",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("forms", models.ManyToManyField(blank=True, related_name="+", to=PAGE_MODEL)),
                (
                    "group",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ticket_scope",
                        to="auth.group",
                    ),
                ),
                (
                    "sites",
                    models.ManyToManyField(blank=True, related_name="+", to="wagtailcore.site"),
                ),
                (
                    "organizations",
                    models.ManyToManyField(
                        blank=True, related_name="+", to="wagtail_portal.organization"
                    ),
                ),
            ],
            options={
                "verbose_name": "group scope",
                "verbose_name_plural": "group scopes",
            },
        ),
        migrations.CreateModel(
            name="OrganizationDomain",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "domain",
                    models.CharField(
                        max_length=253,
                        unique=True,
                        validators=[django.core.validators.DomainNameValidator()],
                        verbose_name="domain",
                    ),
                ),
                (
                    "verified_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="verified at"),
                ),
                (
                    "organization",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="domains",
                        to="wagtail_portal.organization",
                    ),
                ),
            ],
            options={
                "verbose_name": "email domain",
                "verbose_name_plural": "email domains",
                "ordering": ["domain"],
            },
        ),
        migrations.CreateModel(
            name="FormerOrganization",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("former_pk", models.BigIntegerField(unique=True)),
                ("name", models.CharField(max_length=200)),
                ("external_id", models.CharField(max_length=100, null=True, unique=True)),
                ("merged_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_organizations",
                        to="wagtail_portal.organization",
                    ),
                ),
            ],
            options={
                "verbose_name": "former organization",
                "verbose_name_plural": "former organizations",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="OrganizationMerge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source_pk", models.BigIntegerField()),
                ("target_pk", models.BigIntegerField()),
                ("roles", models.JSONField(default=dict)),
                ("work", models.JSONField(default=list)),
                ("total", models.PositiveIntegerField(default=0)),
                ("position", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                ("problems", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "active_until",
                    models.DateTimeField(default=wagtail_portal.models.background_runs.lease_end),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "merge of organizations",
                "verbose_name_plural": "merges of organizations",
                "ordering": ["-created_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="PortalSettings",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "portal_name",
                    models.CharField(
                        blank=True,
                        help_text="Shown in the header and in emails. Leave empty to use the "
                        "site name.",
                        max_length=80,
                        verbose_name="name of the portal",
                    ),
                ),
                (
                    "accent_colour",
                    models.CharField(
                        default="#3451b2",
                        help_text="All other colours are derived from it, with enough contrast "
                        "in light and dark.",
                        max_length=7,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^#[0-9a-fA-F]{6}$", "Enter a colour in the format #3451b2."
                            )
                        ],
                        verbose_name="accent colour",
                    ),
                ),
                (
                    "theme",
                    models.CharField(
                        choices=[
                            ("auto", "Match the device"),
                            ("light", "Light"),
                            ("dark", "Dark"),
                        ],
                        default="auto",
                        max_length=10,
                        verbose_name="theme",
                    ),
                ),
                (
                    "corners",
                    models.CharField(
                        choices=[
                            ("soft", "Slightly rounded"),
                            ("round", "Round"),
                            ("square", "Square"),
                        ],
                        default="soft",
                        max_length=10,
                        verbose_name="corners",
                    ),
                ),
                (
                    "support_zone",
                    models.CharField(
                        blank=True,
                        max_length=60,
                        validators=[wagtail_portal.models.settings_rows.validate_zone],
                        verbose_name="support hours time zone",
                    ),
                ),
                (
                    "welcome_text",
                    models.CharField(
                        blank=True,
                        help_text="A sentence above the ticket list.",
                        max_length=300,
                        verbose_name="welcome text",
                    ),
                ),
                (
                    "sign_in_text",
                    models.CharField(blank=True, max_length=300, verbose_name="sign-in text"),
                ),
                ("footer", wagtail.fields.RichTextField(blank=True, verbose_name="footer")),
                (
                    "show_other_sites",
                    models.BooleanField(
                        default=False,
                        help_text="Customers find the tickets that they opened in the portal of "
                        "another site of this project here, too.",
                        verbose_name="show tickets of other sites",
                    ),
                ),
                (
                    "months_shown",
                    models.PositiveSmallIntegerField(
                        default=12,
                        help_text="Customers can extend the list to all their tickets.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(120),
                        ],
                        verbose_name="months of tickets to show",
                    ),
                ),
                (
                    "reopen_days",
                    models.PositiveSmallIntegerField(
                        default=14,
                        help_text="Customers can reopen a closed ticket for this many days. "
                        "After that, the ticket is locked and a reply opens a linked "
                        "follow-up.",
                        validators=[django.core.validators.MaxValueValidator(3650)],
                        verbose_name="reopening period (days)",
                    ),
                ),
                (
                    "ask_satisfaction",
                    models.BooleanField(
                        default=False,
                        help_text="When a ticket is closed, its requester is asked for a rating"
                        " and a comment.",
                        verbose_name="ask for a rating",
                    ),
                ),
                (
                    "assign_on_reply",
                    models.BooleanField(
                        default=True,
                        help_text="When an agent replies to an unassigned ticket, it’s assigned to them.",
                        verbose_name="assign on reply",
                    ),
                ),
                (
                    "sender_name",
                    models.CharField(
                        blank=True,
                        help_text="Used in emails. Leave empty to use the name of the portal.",
                        max_length=80,
                        verbose_name="sender name",
                    ),
                ),
                (
                    "sender_address",
                    models.EmailField(
                        blank=True,
                        help_text="Leave empty to use the site’s default.",
                        max_length=254,
                        verbose_name="sender address",
                    ),
                ),
                (
                    "reply_address",
                    models.EmailField(
                        blank=True,
                        help_text="Where replies to emails go. Leave empty to use the sender "
                        "address.",
                        max_length=254,
                        verbose_name="reply-to address",
                    ),
                ),
                (
                    "emails_without_content",
                    models.BooleanField(
                        default=False,
                        help_text="Emails say that something is new and link to it, but leave "
                        "out what was written. Visitors, who have no access to the "
                        "portal, still receive replies in full.",
                        verbose_name="leave content out of emails",
                    ),
                ),
                (
                    "agents_reply_by_email",
                    models.BooleanField(
                        default=False,
                        help_text="Only if the email server has verified the sender. To write an internal note, agents begin the email with a line that says “#note”.",
                        verbose_name="agents can reply by email",
                    ),
                ),
                (
                    "blocked_senders",
                    models.TextField(
                        blank=True,
                        help_text="Addresses and domains, one per line. Their emails count as spam.",
                        verbose_name="blocked senders",
                    ),
                ),
                (
                    "incoming_address",
                    models.CharField(
                        blank=True,
                        help_text="A mailbox that the portal reads, for example “support@example.com”, or a domain that is used for nothing else, for example “@reply.example.com”. Replies to the portal’s emails go there and are added to the ticket. Leave empty if the portal doesn’t receive email.",
                        max_length=254,
                        validators=[wagtail_portal.models.incoming_settings.validate_mailbox],
                        verbose_name="address for incoming email",
                    ),
                ),
                (
                    "unknown_senders",
                    models.CharField(
                        choices=[
                            ("hold", "Hold them for the team"),
                            ("open", "Open a ticket, if the sender is verified"),
                        ],
                        default="hold",
                        max_length=10,
                        verbose_name="emails from unknown senders",
                    ),
                ),
                (
                    "team_address",
                    models.EmailField(
                        blank=True,
                        help_text="A shared mailbox that is notified of new tickets and of "
                        "replies to unassigned tickets.",
                        max_length=254,
                        verbose_name="team address",
                    ),
                ),
                (
                    "strangers_may_join",
                    models.BooleanField(
                        default=False,
                        help_text="Anyone who verifies an email address can sign in. They get "
                        "an organization of their own. Otherwise, only people added "
                        "or invited by you or a customer can sign in.",
                        verbose_name="open sign-in",
                    ),
                ),
                (
                    "attachment_max_mb",
                    models.PositiveSmallIntegerField(
                        default=20,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="maximum attachment size (MB)",
                    ),
                ),
                (
                    "attachment_max_number",
                    models.PositiveSmallIntegerField(
                        default=10,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(50),
                        ],
                        verbose_name="maximum attachments per message",
                    ),
                ),
                (
                    "attachment_families",
                    models.JSONField(
                        blank=True,
                        default=wagtail_portal.fields.file_types.default_families,
                        verbose_name="kinds of files",
                    ),
                ),
                (
                    "attachment_types",
                    models.CharField(
                        blank=True,
                        help_text="File extensions separated by spaces, for example “dwg step”.",
                        max_length=500,
                        validators=[wagtail_portal.fields.file_types.validate_extensions],
                        verbose_name="other file types",
                    ),
                ),
                (
                    "favicon",
                    models.ForeignKey(
                        blank=True,
                        help_text="A square image.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=IMAGE_MODEL,
                        verbose_name="browser tab icon",
                    ),
                ),
                (
                    "logo",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=IMAGE_MODEL,
                        verbose_name="logo",
                    ),
                ),
                (
                    "site",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="wagtailcore.site",
                    ),
                ),
                (
                    "default_role",
                    models.ForeignKey(
                        blank=True,
                        help_text="For organizations without a default role of their own. Leave"
                        " empty to use Member.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="wagtail_portal.role",
                        verbose_name="default role",
                    ),
                ),
                (
                    "translations",
                    models.JSONField(blank=True, default=dict, verbose_name="in other languages"),
                ),
                (
                    "attachments_months",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(600),
                        ],
                        verbose_name="delete attachments after (months)",
                    ),
                ),
                (
                    "log_months",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(600),
                        ],
                        verbose_name="delete history after (months)",
                    ),
                ),
                (
                    "anonymize_months",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        help_text="Deletes everything that people wrote, attached or entered as text, their "
                        "history, and who they were. What reports count stays.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(600),
                        ],
                        verbose_name="anonymise tickets after (months)",
                    ),
                ),
                (
                    "delete_months",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(600),
                        ],
                        verbose_name="delete tickets after (months)",
                    ),
                ),
                (
                    "customers_invite",
                    models.BooleanField(
                        default=True,
                        help_text="Members who manage their organization can invite people. "
                        "Otherwise, only you can.",
                        verbose_name="customers can invite",
                    ),
                ),
                (
                    "customers_share",
                    models.BooleanField(
                        default=False,
                        help_text="Requesters, and members who manage the organization, can share a "
                        "ticket with people outside it. Once guests have verified their email address, "
                        "they can read the messages, but not the details, and reply. If you turn this "
                        "off, guests lose access.",
                        verbose_name="customers can share tickets",
                    ),
                ),
                (
                    "invitation_days",
                    models.PositiveSmallIntegerField(
                        default=14,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(365),
                        ],
                        verbose_name="days to accept an invitation",
                    ),
                ),
                (
                    "tab_needs_reply",
                    models.BooleanField(default=True, verbose_name="needs your reply"),
                ),
                ("tab_open", models.BooleanField(default=True, verbose_name="open")),
                ("tab_closed", models.BooleanField(default=True, verbose_name="closed")),
                (
                    "tab_members",
                    models.BooleanField(
                        default=True,
                        help_text="For roles that can see members. Without this tab, only you "
                        "manage who has access.",
                        verbose_name="members",
                    ),
                ),
            ],
            options={
                "verbose_name": "portal settings",
                "verbose_name_plural": "portal settings",
            },
            bases=(wagtail.models.preview.PreviewableMixin, models.Model),
        ),
        migrations.CreateModel(
            name="HeaderLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sort_order", models.IntegerField(blank=True, editable=False, null=True)),
                ("label", models.CharField(max_length=40, verbose_name="text")),
                ("url", models.URLField(blank=True, verbose_name="or web address")),
                (
                    "page",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=PAGE_MODEL,
                        verbose_name="page on this site",
                    ),
                ),
                (
                    "settings",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="header_links",
                        to="wagtail_portal.portalsettings",
                    ),
                ),
                (
                    "translations",
                    models.JSONField(blank=True, default=dict, verbose_name="in other languages"),
                ),
            ],
            options={
                "verbose_name": "header link",
                "verbose_name_plural": "header links",
                "ordering": ["sort_order"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("query", models.TextField(blank=True)),
                ("shared", models.BooleanField(default=False, verbose_name="shared")),
                ("columns", models.JSONField(blank=True, default=list)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "member",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_filters",
                        to="wagtail_portal.member",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "saved filter",
                "verbose_name_plural": "saved filters",
                "ordering": ["name", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("member", "name"), name="portal_saved_filter_once"
                    ),
                    models.UniqueConstraint(fields=("user", "name"), name="portal_saved_view_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("member", None), ("user__isnull", False)),
                            models.Q(("member__isnull", False), ("user", None)),
                            _connector="OR",
                        ),
                        name="portal_saved_filter_owner",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SupportHours",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sort_order", models.IntegerField(blank=True, editable=False, null=True)),
                (
                    "days",
                    models.CharField(
                        choices=[
                            ("01234", "Monday to Friday"),
                            ("0123456", "Every day"),
                            ("56", "Saturday and Sunday"),
                            ("0", "Monday"),
                            ("1", "Tuesday"),
                            ("2", "Wednesday"),
                            ("3", "Thursday"),
                            ("4", "Friday"),
                            ("5", "Saturday"),
                            ("6", "Sunday"),
                        ],
                        default="01234",
                        max_length=7,
                        verbose_name="days",
                    ),
                ),
                ("opens", models.TimeField(verbose_name="from")),
                ("closes", models.TimeField(verbose_name="to")),
                (
                    "settings",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="support_hours",
                        to="wagtail_portal.portalsettings",
                    ),
                ),
            ],
            options={
                "verbose_name": "support hours",
                "verbose_name_plural": "support hours",
                "ordering": ["sort_order"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TicketWords",
            fields=[
                (
                    "ticket",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="words",
                        serialize=False,
                        to="wagtail_portal.ticket",
                    ),
                ),
                ("words", wagtail_portal.models.fields.WordsField(default="")),
            ],
            options={
                "verbose_name": "ticket search words",
                "verbose_name_plural": "ticket search words",
            },
        ),
        migrations.CreateModel(
            name="Rating",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "score",
                    models.CharField(
                        choices=[("good", "Good"), ("fair", "Okay"), ("bad", "Bad")],
                        max_length=10,
                        verbose_name="rating",
                    ),
                ),
                ("comment", models.TextField(blank=True, verbose_name="comment")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="rated at"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="changed at"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtail_portal.member",
                    ),
                ),
                (
                    "ticket",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rating",
                        to="wagtail_portal.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "rating",
                "verbose_name_plural": "ratings",
                "ordering": ["-created_at", "-id"],
                "indexes": [models.Index(fields=["created_at"], name="portal_rating_created")],
            },
        ),
        migrations.CreateModel(
            name="PendingRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "address",
                    models.EmailField(blank=True, max_length=254, verbose_name="email address"),
                ),
                ("data", models.JSONField(default=dict)),
                ("client", models.CharField(blank=True, max_length=64)),
                ("code_digest", models.CharField(blank=True, max_length=64)),
                ("code_expires_at", models.DateTimeField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("proven_at", models.DateTimeField(null=True)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "form",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=PAGE_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="wagtailcore.site",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtail_portal.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "visitor request",
                "verbose_name_plural": "visitor requests",
                "indexes": [
                    models.Index(fields=["updated_at"], name="portal_request_age"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "event",
                    models.CharField(
                        choices=wagtail_portal.events.event_choices,
                        max_length=60,
                        verbose_name="event",
                    ),
                ),
                (
                    "email",
                    models.EmailField(blank=True, max_length=254, verbose_name="email address"),
                ),
                ("to_team", models.BooleanField(default=False)),
                ("by_team", models.BooleanField(default=False)),
                ("data", models.JSONField(blank=True, default=dict)),
                ("encrypted", models.TextField(blank=True, editable=False)),
                ("language", models.CharField(blank=True, max_length=20)),
                ("batch", models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="created at"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("due", "Waiting to be sent"),
                            ("digest", "Waiting for the daily digest"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                        ],
                        default="due",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "due_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="next attempt"
                    ),
                ),
                ("retry_until", models.DateTimeField(verbose_name="failed at")),
                ("claim", models.UUIDField(editable=False, null=True)),
                ("claimed_until", models.DateTimeField(editable=False, null=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent at")),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "digest",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="parts",
                        to="wagtail_portal.notification",
                    ),
                ),
                (
                    "invitation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="wagtail_portal.invitation",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="wagtail_portal.member",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="wagtail_portal.message",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="wagtailcore.site",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="wagtail_portal.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "email",
                "verbose_name_plural": "emails",
                "ordering": ["-created_at", "-id"],
                "permissions": [("retry_notification", "Can resend emails")],
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["state", "due_at", "id"], name="portal_notification_due"),
                    models.Index(fields=["-created_at", "-id"], name="portal_notification_newest"),
                    models.Index(fields=["ticket", "sent_at"], name="portal_notification_ticket"),
                    models.Index(
                        fields=["recipient", "sent_at"], name="portal_notification_person"
                    ),
                    models.Index(fields=["email", "sent_at"], name="portal_notification_email"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("event", "recipient", "email", "message"),
                        name="portal_notification_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Mute",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="wagtail_portal.member",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mutes",
                        to="wagtail_portal.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "muted ticket",
                "verbose_name_plural": "muted tickets",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("ticket", "member"), name="portal_mute_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("field_key", models.SlugField(blank=True, db_index=False)),
                (
                    "file",
                    models.FileField(
                        max_length=120,
                        storage=wagtail_portal.models.messages.portal_storage,
                        upload_to=wagtail_portal.models.messages.attachment_path,
                    ),
                ),
                (
                    "thumbnail",
                    models.FileField(
                        blank=True,
                        max_length=120,
                        storage=wagtail_portal.models.messages.portal_storage,
                        upload_to=wagtail_portal.models.messages.thumbnail_path,
                    ),
                ),
                ("thumbnail_tried", models.BooleanField(default=False)),
                ("name", models.CharField(max_length=255, verbose_name="file name")),
                ("size", models.PositiveBigIntegerField(verbose_name="size")),
                ("content_type", models.CharField(max_length=100)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "uploader",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="wagtail_portal.message",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="files",
                        to="wagtail_portal.pendingrequest",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="wagtail_portal.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "attachment",
                "verbose_name_plural": "attachments",
                "indexes": [
                    models.Index(fields=["created_at"], name="portal_attachment_age"),
                ],
                "ordering": ["created_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="DesignatedField",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "builtin",
                    models.CharField(
                        blank=True,
                        choices=wagtail_portal.columns.registry.column_choices,
                        max_length=60,
                        verbose_name="built-in field",
                    ),
                ),
                ("in_list", models.BooleanField(default=True, verbose_name="in the list")),
                ("on_ticket", models.BooleanField(default=True, verbose_name="on the ticket")),
                ("as_filter", models.BooleanField(default=False, verbose_name="as a filter")),
                (
                    "editable",
                    models.BooleanField(default=False, verbose_name="editable by customers"),
                ),
                ("sort_order", models.IntegerField(blank=True, editable=False, null=True)),
                (
                    "settings",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="designated_fields",
                        to="wagtail_portal.portalsettings",
                    ),
                ),
                (
                    "ticket_field",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="wagtail_portal.ticketfield",
                        verbose_name="or ticket field",
                    ),
                ),
            ],
            options={
                "verbose_name": "designated field",
                "verbose_name_plural": "designated fields",
                "ordering": ["sort_order", "id"],
            },
        ),
        migrations.CreateModel(
            name="TicketFieldChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.SlugField(editable=False, verbose_name="key")),
                ("label", models.CharField(max_length=120, verbose_name="label")),
                (
                    "colour",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("grey", "Grey"),
                            ("red", "Red"),
                            ("orange", "Orange"),
                            ("yellow", "Yellow"),
                            ("green", "Green"),
                            ("blue", "Blue"),
                            ("purple", "Purple"),
                        ],
                        max_length=10,
                        verbose_name="colour",
                    ),
                ),
                ("archived", models.BooleanField(default=False, verbose_name="archived")),
                ("sort_order", models.IntegerField(blank=True, editable=False, null=True)),
                (
                    "field",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="choices",
                        to="wagtail_portal.ticketfield",
                    ),
                ),
                (
                    "translations",
                    models.JSONField(blank=True, default=dict, verbose_name="in other languages"),
                ),
            ],
            options={
                "verbose_name": "choice",
                "verbose_name_plural": "choices",
                "ordering": ["sort_order", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("field", "key"), name="portal_choice_key_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TicketLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("duplicate", "Duplicate of"),
                            ("follow_up", "Follow-up to"),
                            ("related", "Related to"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "added_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="linked_from",
                        to="wagtail_portal.ticket",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="wagtail_portal.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "ticket link",
                "verbose_name_plural": "ticket links",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("ticket", "target"), name="portal_ticket_link_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TicketLogEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("action", models.CharField(max_length=255)),
                (
                    "data",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                    ),
                ),
                ("timestamp", models.DateTimeField(verbose_name="timestamp (UTC)")),
                ("former_user", models.CharField(blank=True, default="", max_length=200)),
                ("position", models.PositiveBigIntegerField(default=0)),
                (
                    "ticket",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="log_entries",
                        to="wagtail_portal.ticket",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "ticket log entry",
                "verbose_name_plural": "ticket log entries",
                "ordering": ["-timestamp"],
                "indexes": [
                    models.Index(fields=["ticket", "position"], name="portal_log_ticket"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TicketReadState",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("read_until", models.PositiveBigIntegerField(verbose_name="read until")),
                (
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="wagtail_portal.member",
                    ),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="wagtail_portal.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "read state",
                "verbose_name_plural": "read states",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("ticket", "member"), name="portal_read_by_member"
                    ),
                    models.UniqueConstraint(
                        fields=("ticket", "agent"), name="portal_read_by_agent"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("agent__isnull", False), ("member", None)),
                            models.Q(("agent", None), ("member__isnull", False)),
                            _connector="OR",
                        ),
                        name="portal_read_by_one_side",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TokenSignOut",
            fields=[
                (
                    "digest",
                    models.CharField(
                        editable=False, max_length=64, primary_key=True, serialize=False
                    ),
                ),
                ("signed_out_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "verbose_name": "sign-out by an issuer",
                "verbose_name_plural": "sign-outs by issuers",
            },
        ),
        migrations.CreateModel(
            name="TokenSession",
            fields=[
                (
                    "session_key",
                    models.CharField(
                        editable=False, max_length=40, primary_key=True, serialize=False
                    ),
                ),
                ("subject", models.CharField(db_index=True, max_length=64)),
                ("sid", models.CharField(blank=True, db_index=True, max_length=64)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "session opened by a token",
                "verbose_name_plural": "sessions opened by tokens",
            },
        ),
        migrations.CreateModel(
            name="DeliveryPause",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(
                        default=1, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("until", models.DateTimeField()),
            ],
            options={
                "verbose_name": "pause of the emails",
                "verbose_name_plural": "pauses of the emails",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="RateLimit",
            fields=[
                (
                    "digest",
                    models.CharField(
                        editable=False, max_length=64, primary_key=True, serialize=False
                    ),
                ),
                ("used", models.PositiveIntegerField(default=0)),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "verbose_name": "rate limit",
                "verbose_name_plural": "rate limits",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="UsedToken",
            fields=[
                (
                    "digest",
                    models.CharField(
                        editable=False, max_length=64, primary_key=True, serialize=False
                    ),
                ),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "used token",
                "verbose_name_plural": "used tokens",
                "indexes": [models.Index(fields=["expires_at"], name="portal_used_token_age")],
            },
        ),
        migrations.CreateModel(
            name="SavedReply",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("translation_key", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("text", models.TextField(blank=True, max_length=10000, verbose_name="text")),
                (
                    "uses",
                    models.PositiveIntegerField(default=0, editable=False, verbose_name="uses"),
                ),
                (
                    "last_used_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="last used"
                    ),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Leave empty to make it available to the whole team.",
                        related_name="+",
                        to="auth.group",
                        verbose_name="available to",
                    ),
                ),
                (
                    "locale",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="wagtailcore.locale",
                        verbose_name="locale",
                    ),
                ),
                (
                    "assign_to_user",
                    models.BooleanField(
                        default=False, verbose_name="assign to the agent who uses it"
                    ),
                ),
                (
                    "set_assignee",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="assign to",
                    ),
                ),
                (
                    "set_group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="auth.group",
                        verbose_name="assign to group",
                    ),
                ),
                (
                    "set_status",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtail_portal.status",
                        verbose_name="status",
                    ),
                ),
                (
                    "set_urgency",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("low", "Low"),
                            ("normal", "Normal"),
                            ("high", "High"),
                            ("urgent", "Urgent"),
                        ],
                        max_length=10,
                        verbose_name="urgency",
                    ),
                ),
                (
                    "set_values",
                    models.JSONField(blank=True, default=dict, verbose_name="ticket fields"),
                ),
            ],
            options={
                "verbose_name": "saved reply",
                "verbose_name_plural": "saved replies",
                "ordering": ["title", "id"],
                "abstract": False,
                "unique_together": {("translation_key", "locale")},
            },
        ),
        migrations.CreateModel(
            name="EmailTemplate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "event",
                    models.CharField(
                        choices=wagtail_portal.events.editable_event_choices,
                        max_length=60,
                        verbose_name="event",
                    ),
                ),
                ("language", models.CharField(max_length=20, verbose_name="language")),
                (
                    "subject",
                    models.CharField(
                        blank=True,
                        help_text="Leave empty to use the default.",
                        max_length=200,
                        verbose_name="subject",
                    ),
                ),
                (
                    "text",
                    models.TextField(
                        blank=True,
                        help_text="The sentences above the message. Leave empty to use the "
                        "default. In both fields you can use {number}, {subject}, "
                        "{author}, {recipient}, {organization}, {status} and "
                        "{portal}.",
                        verbose_name="text",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="wagtailcore.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "email template",
                "verbose_name_plural": "email templates",
                "ordering": ["event", "language", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("site", "event", "language"),
                        name="portal_email_template_once",
                        violation_error_message="There is already a template for this event and language.",
                    )
                ],
            },
            bases=(wagtail.models.preview.PreviewableMixin, models.Model),
        ),
        migrations.CreateModel(
            name="FormDraft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("data", models.JSONField(default=dict)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "form",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=PAGE_MODEL
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="wagtail_portal.member",
                    ),
                ),
            ],
            options={
                "verbose_name": "form draft",
                "verbose_name_plural": "form drafts",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("member", "form"), name="portal_form_draft_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FormerPath",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("path", models.CharField(max_length=255)),
                ("left_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=PAGE_MODEL
                    ),
                ),
                (
                    "root",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=PAGE_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "former path",
                "verbose_name_plural": "former paths",
                "constraints": [
                    models.UniqueConstraint(fields=("root", "path"), name="portal_former_path_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="JoinRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now,
                        editable=False,
                        verbose_name="requested at",
                    ),
                ),
                (
                    "decided_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="decided at"
                    ),
                ),
                ("approved", models.BooleanField(default=False, verbose_name="approved")),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="join_requests",
                        to="wagtail_portal.organization",
                        verbose_name="organization",
                    ),
                ),
            ],
            options={
                "verbose_name": "join request",
                "verbose_name_plural": "join requests",
                "ordering": ["created_at", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "organization"), name="portal_join_request_once"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="ticket",
            name="followers",
            field=models.ManyToManyField(
                related_name="followed_tickets",
                through="wagtail_portal.Follower",
                to="wagtail_portal.member",
                verbose_name="followers",
            ),
        ),
        migrations.AddField(
            model_name="ticket",
            name="last_reply",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="wagtail_portal.message",
            ),
        ),
        migrations.CreateModel(
            name="FailingAddress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "email",
                    models.EmailField(max_length=254, unique=True, verbose_name="email address"),
                ),
                (
                    "since",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="since"),
                ),
                ("last_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                ("failures", models.PositiveIntegerField(default=0)),
                ("stopped_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "failing email address",
                "verbose_name_plural": "failing email addresses",
                "ordering": ["id"],
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="portalsettings",
            name="incoming_group",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="auth.group",
                verbose_name="group for new tickets",
            ),
        ),
        migrations.AddField(
            model_name="portalsettings",
            name="incoming_status",
            field=models.ForeignKey(
                blank=True,
                help_text="Leave empty to use the first status for new tickets.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="wagtail_portal.status",
                verbose_name="status of new tickets",
            ),
        ),
        migrations.CreateModel(
            name="ReceivedEmail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(editable=False, max_length=64)),
                (
                    "raw",
                    models.FileField(
                        max_length=120,
                        storage=wagtail_portal.models.messages.portal_storage,
                        upload_to=wagtail_portal.models.received_emails.received_email_path,
                    ),
                ),
                ("size", models.PositiveBigIntegerField(verbose_name="size")),
                ("envelope_from", models.CharField(blank=True, max_length=320, null=True)),
                ("envelope_to", models.JSONField(blank=True, default=list)),
                ("provider_results", models.TextField(blank=True)),
                ("is_from_provider", models.BooleanField(default=False)),
                ("internet_message_id", models.CharField(blank=True, max_length=900)),
                ("sender", models.CharField(blank=True, max_length=320, verbose_name="from")),
                ("sender_name", models.CharField(blank=True, max_length=200)),
                ("subject", models.CharField(blank=True, max_length=200, verbose_name="subject")),
                (
                    "received_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="received"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Being processed"),
                            ("held", "Waiting for the team"),
                            ("spam", "Spam"),
                            ("added", "Added"),
                            ("ignored", "Automatic email"),
                            ("discarded", "Discarded"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", ""),
                            ("unverified", "The sender isn’t verified."),
                            (
                                "other_address",
                                "It’s a reply to an email that was sent to another address.",
                            ),
                            ("unknown", "The sender isn’t known."),
                            ("not_involved", "The sender doesn’t take part in this ticket."),
                            ("not_allowed", "The sender isn’t allowed to do this in the portal."),
                            (
                                "agent",
                                "Agents can’t reply by email, or this ticket can’t be changed.",
                            ),
                            ("blocked", "The sender is on the block list."),
                            ("spam", "The email server considers it spam."),
                            ("list", "It was sent to a mailing list."),
                            ("perhaps_automatic", "It looks like an automatic email."),
                            ("automatic", "It’s an automatic reply."),
                            ("bounce", "It reports that an email wasn’t delivered."),
                            ("complaint", "It reports an email as spam."),
                            ("receipt", "It’s a read receipt."),
                            ("loop", "It was sent by the portal itself."),
                            ("refused", "It couldn’t be added."),
                            ("error", "An error occurred."),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="reason",
                    ),
                ),
                ("detail", models.TextField(blank=True, verbose_name="details")),
                ("verdict", models.CharField(blank=True, max_length=10)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("claim", models.UUIDField(editable=False, null=True)),
                ("claimed_until", models.DateTimeField(editable=False, null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtail_portal.member",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtail_portal.message",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="wagtailcore.site",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtail_portal.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "received email",
                "verbose_name_plural": "received emails",
                "ordering": ["-received_at", "-id"],
                "permissions": [("decide_receivedemail", "Can accept received emails")],
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["state", "due_at", "id"], name="portal_received_due"),
                    models.Index(fields=["-received_at", "-id"], name="portal_received_newest"),
                    models.Index(fields=["sender"], name="portal_received_sender"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("site", "digest"), name="portal_received_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomerField",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.SlugField(editable=False, unique=True, verbose_name="key")),
                ("label", models.CharField(max_length=120, verbose_name="label")),
                (
                    "help_text",
                    models.CharField(blank=True, max_length=300, verbose_name="help text"),
                ),
                (
                    "translations",
                    models.JSONField(blank=True, default=dict, verbose_name="in other languages"),
                ),
                ("type", models.CharField(default="text", max_length=40, verbose_name="type")),
                ("sort_order", models.PositiveIntegerField(default=100, editable=False)),
                (
                    "about",
                    models.CharField(
                        choices=[("organization", "Organizations"), ("member", "Members")],
                        default="organization",
                        max_length=20,
                        verbose_name="describes",
                    ),
                ),
                (
                    "shown_to",
                    models.CharField(
                        choices=[
                            ("team", "The team only"),
                            ("managers", "Those who manage the members of the organization"),
                            ("members", "All members, or for a member field, only that member"),
                        ],
                        default="team",
                        max_length=10,
                        verbose_name="who sees it",
                    ),
                ),
                (
                    "in_inbox",
                    models.BooleanField(
                        default=False,
                        help_text="Shown as a column in the ticket listing in the admin.",
                        verbose_name="in the team’s inbox",
                    ),
                ),
                (
                    "archived",
                    models.BooleanField(
                        default=False,
                        help_text="No longer shown or offered. Values are kept.",
                        verbose_name="archived",
                    ),
                ),
            ],
            options={
                "verbose_name": "customer field",
                "verbose_name_plural": "customer fields",
                "ordering": ["sort_order", "id"],
            },
        ),
        migrations.CreateModel(
            name="CustomerFieldChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.SlugField(editable=False, verbose_name="key")),
                ("label", models.CharField(max_length=120, verbose_name="label")),
                (
                    "translations",
                    models.JSONField(blank=True, default=dict, verbose_name="in other languages"),
                ),
                (
                    "colour",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("grey", "Grey"),
                            ("red", "Red"),
                            ("orange", "Orange"),
                            ("yellow", "Yellow"),
                            ("green", "Green"),
                            ("blue", "Blue"),
                            ("purple", "Purple"),
                        ],
                        max_length=10,
                        verbose_name="colour",
                    ),
                ),
                ("archived", models.BooleanField(default=False, verbose_name="archived")),
                ("sort_order", models.IntegerField(blank=True, editable=False, null=True)),
                (
                    "field",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="choices",
                        to="wagtail_portal.customerfield",
                    ),
                ),
            ],
            options={
                "verbose_name": "choice",
                "verbose_name_plural": "choices",
                "ordering": ["sort_order", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("field", "key"), name="portal_customer_choice_key_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Snooze",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("until", models.DateTimeField(blank=True, null=True, verbose_name="until")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("woken_at", models.DateTimeField(blank=True, null=True)),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("time", "Snooze is over"),
                            ("reply", "Customer replied"),
                            ("agent", "Snooze was ended"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "snoozed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="snooze",
                        to="wagtail_portal.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "snooze",
                "verbose_name_plural": "snoozes",
                "default_permissions": (),
                "indexes": [models.Index(fields=["woken_at", "until"], name="portal_snooze_due")],
            },
        ),
        migrations.CreateModel(
            name="UndoStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("batch", models.UUIDField(null=True)),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                ("entries", models.JSONField(default=list)),
                ("form", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField(db_index=True)),
                (
                    "bulk_change",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="undo_steps",
                        to="wagtail_portal.bulkchange",
                    ),
                ),
                (
                    "message",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="undo_step",
                        to="wagtail_portal.message",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="wagtail_portal.ticket",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "undo step",
                "verbose_name_plural": "undo steps",
                "default_permissions": (),
                "indexes": [models.Index(fields=["user", "expires_at"], name="portal_undo_user")],
            },
        ),
        migrations.CreateModel(
            name="IncomingAddress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sort_order", models.IntegerField(blank=True, editable=False, null=True)),
                (
                    "address",
                    models.CharField(
                        max_length=254,
                        unique=True,
                        validators=[wagtail_portal.models.incoming_settings.validate_mailbox],
                        verbose_name="address",
                    ),
                ),
                (
                    "unknown_senders",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("hold", "Hold them for the team"),
                            ("open", "Open a ticket, if the sender is verified"),
                            (
                                "answer",
                                "Answer with the address of the portal, if the sender is verified",
                            ),
                        ],
                        help_text="Leave empty to use the first address’s setting.",
                        max_length=10,
                        verbose_name="emails from unknown senders",
                    ),
                ),
            ],
            options={
                "verbose_name": "incoming address",
                "verbose_name_plural": "incoming addresses",
                "ordering": ["sort_order"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MailboxTest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=32)),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("connections", models.JSONField(default=list)),
                ("error", models.CharField(blank=True, max_length=500)),
                ("arrived_at", models.DateTimeField(null=True)),
                ("verdict", models.CharField(blank=True, max_length=10)),
                ("servers", models.JSONField(default=list)),
            ],
            options={
                "verbose_name": "test of incoming email",
                "verbose_name_plural": "tests of incoming email",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SuggestedFollower",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
            options={
                "verbose_name": "suggested follower",
                "verbose_name_plural": "suggested followers",
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="message",
            name="copies",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="message",
            name="copies_shown",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="notification",
            name="feedback",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", ""),
                    ("delayed", "Delayed"),
                    ("delivered", "Delivered"),
                    ("bounced", "Returned as undeliverable"),
                    ("complained", "Reported as spam"),
                ],
                default="",
                editable=False,
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="notification",
            name="feedback_reason",
            field=models.CharField(blank=True, editable=False, max_length=500),
        ),
        migrations.AddField(
            model_name="notification",
            name="provider_id",
            field=models.CharField(blank=True, editable=False, max_length=255),
        ),
        migrations.AddField(
            model_name="portalsettings",
            name="incoming_form",
            field=models.ForeignKey(
                blank=True,
                help_text="New tickets get what the form gives to its tickets: status, assignee, group, preset fields and whom to notify.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=PAGE_MODEL,
                verbose_name="form for new tickets",
            ),
        ),
        migrations.AddField(
            model_name="receivedemail",
            name="not_spam",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="portalsettings",
            name="unknown_senders",
            field=models.CharField(
                choices=[
                    ("hold", "Hold them for the team"),
                    ("open", "Open a ticket, if the sender is verified"),
                    ("answer", "Answer with the address of the portal, if the sender is verified"),
                ],
                default="hold",
                max_length=10,
                verbose_name="emails from unknown senders",
            ),
        ),
        migrations.AlterField(
            model_name="receivedemail",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", ""),
                    ("unverified", "The sender isn’t verified."),
                    ("other_address", "It’s a reply to an email that was sent to another address."),
                    ("unknown", "The sender isn’t known."),
                    ("answered", "The sender was told the address of the portal."),
                    ("not_involved", "The sender doesn’t take part in this ticket."),
                    ("not_allowed", "The sender isn’t allowed to do this in the portal."),
                    ("agent", "Agents can’t reply by email, or this ticket can’t be changed."),
                    ("blocked", "The sender is on the block list."),
                    ("spam", "The email server considers it spam."),
                    ("list", "It was sent to a mailing list."),
                    ("perhaps_automatic", "It looks like an automatic email."),
                    ("automatic", "It’s an automatic reply."),
                    ("bounce", "It reports that an email wasn’t delivered."),
                    ("complaint", "It reports an email as spam."),
                    ("receipt", "It’s a read receipt."),
                    ("test", "It’s a test of incoming email."),
                    ("loop", "It was sent by the portal itself."),
                    ("refused", "It couldn’t be added."),
                    ("error", "An error occurred."),
                ],
                default="",
                max_length=20,
                verbose_name="reason",
            ),
        ),
        migrations.AlterField(
            model_name="receivedemail",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "Being processed"),
                    ("held", "Waiting for the team"),
                    ("spam", "Spam"),
                    ("added", "Added"),
                    ("answered", "Answered"),
                    ("ignored", "Automatic email"),
                    ("discarded", "Discarded"),
                    ("failed", "Failed"),
                ],
                default="waiting",
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(fields=["provider_id"], name="portal_notification_provider"),
        ),
        migrations.AddField(
            model_name="incomingaddress",
            name="form",
            field=models.ForeignKey(
                blank=True,
                help_text="New tickets get what the form gives to its tickets: status, assignee, group, preset fields and whom to notify.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=PAGE_MODEL,
                verbose_name="form",
            ),
        ),
        migrations.AddField(
            model_name="incomingaddress",
            name="group",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="auth.group",
                verbose_name="group for new tickets",
            ),
        ),
        migrations.AddField(
            model_name="incomingaddress",
            name="settings",
            field=modelcluster.fields.ParentalKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="incoming_addresses",
                to="wagtail_portal.portalsettings",
            ),
        ),
        migrations.AddField(
            model_name="incomingaddress",
            name="status",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="wagtail_portal.status",
                verbose_name="status of new tickets",
            ),
        ),
        migrations.AddField(
            model_name="mailboxtest",
            name="site",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="wagtailcore.site"
            ),
        ),
        migrations.AddField(
            model_name="suggestedfollower",
            name="member",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="wagtail_portal.member",
            ),
        ),
        migrations.AddField(
            model_name="suggestedfollower",
            name="sender",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="wagtail_portal.member",
            ),
        ),
        migrations.AddField(
            model_name="suggestedfollower",
            name="ticket",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="wagtail_portal.ticket",
            ),
        ),
        migrations.AddConstraint(
            model_name="suggestedfollower",
            constraint=models.UniqueConstraint(
                fields=("ticket", "member"), name="portal_suggested_once"
            ),
        ),
    ]
    operations = [CreateModels(operations)]
