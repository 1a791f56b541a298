"""Ticket columns of a site."""

from django import forms
from django.db.models import Q

from wagtail_portal.columns import Column, register_column


@register_column
class LanguageColumn(Column):
    """The language a ticket was written in, stored with the ticket."""

    key, label, source = "testapp_language", "Language", "language"

    def sort_expressions(self):
        return ("language",)

    def filter_field(self, context):
        return forms.MultipleChoiceField(
            label=self.label,
            choices=[("en", "English"), ("de", "German")],
            widget=forms.CheckboxSelectMultiple,
        )

    def filter_q(self, cleaned):
        return Q(language__in=cleaned)


@register_column
class SiteColumn(Column):
    """The ticket's site, which lists load with the tickets; for the team only."""

    key, label = "testapp_site", "Website"
    for_customers = False
    related = ("site",)

    def text(self, ticket):
        return ticket.site.site_name
