"""Blocks that editors can add to a page."""

from wagtail import blocks

from wagtail_portal.pages.ticket_form.form_block import TicketFormBlock

RICH_TEXT = ["h2", "h3", "bold", "italic", "code", "ol", "ul", "link", "document-link"]


class FeaturesBlock(blocks.StructBlock):
    """A heading with a few points, side by side where there's room."""

    heading = blocks.CharBlock()
    points = blocks.ListBlock(
        blocks.StructBlock([("title", blocks.CharBlock()), ("text", blocks.TextBlock())])
    )

    class Meta:
        icon = "list-ul"
        template = "marketing/blocks/features.html"


class RunBlock(blocks.StructBlock):
    """A run of a flow as the product shows it, instead of a screenshot."""

    title = blocks.CharBlock()
    schedule = blocks.CharBlock()
    steps = blocks.ListBlock(
        blocks.StructBlock(
            [
                ("time", blocks.CharBlock()),
                ("step", blocks.CharBlock()),
                ("result", blocks.CharBlock()),
            ]
        )
    )
    outcome = blocks.CharBlock()

    class Meta:
        icon = "history"
        template = "marketing/blocks/run.html"


class QuoteBlock(blocks.StructBlock):
    """A customer's quote."""

    text = blocks.TextBlock()
    name = blocks.CharBlock()
    position = blocks.CharBlock()

    class Meta:
        icon = "openquote"
        template = "marketing/blocks/quote.html"


class PlansBlock(blocks.ListBlock):
    """Plans and their prices."""

    def __init__(self, **kwargs):
        plan = blocks.StructBlock(
            [
                ("name", blocks.CharBlock()),
                ("price", blocks.CharBlock()),
                ("for_whom", blocks.CharBlock()),
                ("points", blocks.ListBlock(blocks.CharBlock())),
            ]
        )
        super().__init__(plan, **kwargs)

    class Meta:
        icon = "tag"
        template = "marketing/blocks/plans.html"


class CodeBlock(blocks.StructBlock):
    """A file or command, exactly as typed."""

    caption = blocks.CharBlock(required=False)
    code = blocks.TextBlock()

    class Meta:
        icon = "code"
        template = "marketing/blocks/code.html"


class CallBlock(blocks.StructBlock):
    """A call to action with one link, for the end of a page."""

    heading = blocks.CharBlock()
    text = blocks.TextBlock(required=False)
    page = blocks.PageChooserBlock()
    link_text = blocks.CharBlock()

    class Meta:
        icon = "arrow-right-full"
        template = "marketing/blocks/call.html"


class BodyBlock(blocks.StreamBlock):
    """The body of every page."""

    text = blocks.RichTextBlock(features=RICH_TEXT, template="marketing/blocks/text.html")
    features = FeaturesBlock()
    run = RunBlock()
    quote = QuoteBlock()
    plans = PlansBlock()
    code = CodeBlock()
    call = CallBlock()
    ticket_form = TicketFormBlock(template="marketing/blocks/ticket_form.html")
