"""Columns of a site that has a portal."""

from django import forms
from django.db.models import Q
from wagtail.models import Site

from wagtail_portal.columns import Column, register_column


@register_column
class LanguageColumn(Column):
    """The language in which a ticket was written, kept with the ticket."""

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
    """A name that is looked up for all rows at once; for the team alone."""

    key, label = "testapp_site", "Website"
    for_customers = False
    names = {}

    def prepare(self, tickets, context):
        pks = {ticket.site_id for ticket in tickets}
        names = Site.objects.filter(pk__in=pks).values_list("pk", "site_name")
        return self.copy(names=dict(names))

    def text(self, ticket):
        return self.names.get(ticket.site_id, "")
