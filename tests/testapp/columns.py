"""Ticket columns of a site."""

from wagtail_portal.columns import Column, choice_field, choice_q, register_column


@register_column
class LanguageColumn(Column):
    """The language a ticket was written in, stored with the ticket."""

    key, label, source = "testapp_language", "Language", "language"

    def sort_expressions(self):
        return ("language",)

    def filter_field(self, context):
        return choice_field(self.label, [("en", "English"), ("de", "German")])

    def filter_q(self, cleaned):
        return choice_q("language", cleaned)


@register_column
class SiteColumn(Column):
    """The ticket's site, which lists load with the tickets; for the team only."""

    key, label = "testapp_site", "Website"
    for_customers = False
    related = ("site",)

    def text(self, ticket):
        return ticket.site.site_name
