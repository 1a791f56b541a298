import django.db.models.deletion
import modelcluster.fields
from django.conf import settings
from django.db import migrations, models

import wagtail_portal.fields.stream
import wagtail_portal.pages.access
import wagtail_portal.pages.routing
import wagtail_portal.pages.ticket_form.form_page
import wagtail_portal.utils.markup


def to_plain_pages(apps, schema_editor):
    """Turn the portal's pages into unpublished plain ones, which Wagtail can still show."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    plain = ContentType.objects.filter(app_label="wagtailcore", model="page").first()
    pages = apps.get_model("wagtailcore", "Page").objects
    ours = ContentType.objects.filter(app_label="wagtail_portal_pages")
    pages.filter(content_type__in=ours).update(
        content_type=plain,
        live=False,
        live_revision=None,
        latest_revision=None,
        alias_of=None,
        has_unpublished_changes=False,
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("wagtail_portal", "0001_initial"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PortalHomePage",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="wagtailcore.page",
                    ),
                ),
                (
                    "content",
                    wagtail_portal.fields.stream.PortalStreamField(
                        [],
                        blank=True,
                        help_text="Announcements, links and text for your customers.",
                        verbose_name="content above the ticket list",
                    ),
                ),
            ],
            options={
                "verbose_name": "support portal",
                "verbose_name_plural": "support portals",
            },
            bases=(
                wagtail_portal.pages.access.ViewRestrictionsMixin,
                wagtail_portal.pages.routing.RoutesMixin,
                "wagtailcore.page",
                models.Model,
            ),
        ),
        migrations.CreateModel(
            name="TicketFormPage",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="wagtailcore.page",
                    ),
                ),
                (
                    "audience",
                    models.CharField(
                        choices=[
                            ("customers", "Signed-in customers"),
                            ("anyone", "Anyone who verifies an email address"),
                        ],
                        default="customers",
                        help_text="Anyone: visitors send the form without signing in. We email "
                        "them a code, and the ticket is opened once they’ve entered "
                        "it.",
                        max_length=20,
                        verbose_name="audience",
                    ),
                ),
                (
                    "for_customers",
                    wagtail_portal.fields.stream.PortalStreamField(
                        [],
                        blank=True,
                        help_text="Only members who have these values, or whose organization has them, "
                        "can find and send the form. Leave empty for everyone. If you add several, all "
                        "of them must match.",
                        verbose_name="only for customers with these values",
                    ),
                ),
                (
                    "for_organizations",
                    wagtail_portal.fields.stream.PortalStreamField(
                        [],
                        blank=True,
                        help_text="Members of these organizations can find and send the form. "
                        "Leave empty for all organizations.",
                        verbose_name="only for these organizations",
                    ),
                ),
                (
                    "introduction",
                    models.CharField(
                        blank=True,
                        help_text="What the form is for. Shown above it and where customers "
                        "choose a form.",
                        max_length=300,
                        verbose_name="introduction",
                    ),
                ),
                (
                    "questions",
                    wagtail_portal.fields.stream.PortalStreamField(
                        [], blank=True, verbose_name="questions"
                    ),
                ),
                (
                    "confirmation",
                    models.CharField(
                        blank=True,
                        help_text="What happens next, and when. Shown after a ticket is opened.",
                        max_length=300,
                        verbose_name="confirmation",
                    ),
                ),
                (
                    "subject_template",
                    models.CharField(
                        blank=True,
                        help_text="Used when the form doesn’t ask for a subject, for example "
                        "“Access request: {system}”. Put the key of a ticket field in"
                        " braces, or the label of a question with hyphens instead of "
                        "spaces.",
                        max_length=200,
                        verbose_name="subject template",
                    ),
                ),
                (
                    "notify_addresses",
                    models.CharField(
                        blank=True,
                        help_text="Team email addresses to notify of each new ticket, separated"
                        " by commas. The team address in the portal settings is "
                        "always notified.",
                        max_length=500,
                        validators=[wagtail_portal.utils.email_addresses.validate_addresses],
                        verbose_name="notify by email",
                    ),
                ),
                (
                    "presets",
                    wagtail_portal.fields.stream.PortalStreamField(
                        [],
                        blank=True,
                        help_text="Values that every ticket from this form gets without asking.",
                        verbose_name="preset ticket fields",
                    ),
                ),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who new tickets are assigned to. Leave empty for no one.",
                        limit_choices_to=wagtail_portal.pages.ticket_form.form_page.assignable,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="assigned to",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        help_text="The group that new tickets are assigned to, with or without "
                        "a person.",
                        limit_choices_to=wagtail_portal.pages.ticket_form.form_page.assignable_groups,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="auth.group",
                        verbose_name="assigned group",
                    ),
                ),
                (
                    "confirmation_page",
                    models.ForeignKey(
                        blank=True,
                        help_text="Where customers go after sending the form. Leave empty to "
                        "show their ticket.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtailcore.page",
                        verbose_name="confirmation page",
                    ),
                ),
                (
                    "for_roles",
                    modelcluster.fields.ParentalManyToManyField(
                        blank=True,
                        help_text="Members with these roles can find and send the form. Leave "
                        "empty for everyone who can open tickets.",
                        related_name="+",
                        to="wagtail_portal.role",
                        verbose_name="only for these roles",
                    ),
                ),
                (
                    "initial_status",
                    models.ForeignKey(
                        blank=True,
                        help_text="Leave empty to use the first “New” status.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="wagtail_portal.status",
                        verbose_name="status of new tickets",
                    ),
                ),
            ],
            options={
                "verbose_name": "ticket form",
                "verbose_name_plural": "ticket forms",
            },
            bases=(
                wagtail_portal.pages.access.ViewRestrictionsMixin,
                "wagtailcore.page",
                models.Model,
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, to_plain_pages),
    ]
