import django.db.models.deletion
import wagtail.fields
from django.db import migrations, models

import wagtail_portal.fields.stream
import wagtail_portal.pages.access
import wagtail_portal.pages.routing


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="ContentPage",
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
                    "body",
                    wagtail.fields.StreamField(
                        [("ticket_form", 2)],
                        blank=True,
                        block_lookup={
                            0: (
                                "wagtail.blocks.PageChooserBlock",
                                (),
                                {
                                    "label": "Ticket form",
                                    "page_type": ["wagtail_portal_pages.TicketFormPage"],
                                },
                            ),
                            1: (
                                "wagtail.blocks.CharBlock",
                                (),
                                {
                                    "help_text": "Leave empty to use the form’s title.",
                                    "label": "Heading",
                                    "max_length": 120,
                                    "required": False,
                                },
                            ),
                            2: ("wagtail.blocks.StructBlock", [[("form", 0), ("heading", 1)]], {}),
                        },
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="HelpDeskPage",
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
                "abstract": False,
            },
            bases=(
                wagtail_portal.pages.access.ViewRestrictionsMixin,
                wagtail_portal.pages.routing.RoutesMixin,
                "wagtailcore.page",
                models.Model,
            ),
        ),
    ]
