"""What an editor can put on a page."""

from wagtail import blocks

from wagtail_portal.pages.ticket_form.form_block import TicketFormBlock

RICH_TEXT = ["h2", "h3", "bold", "italic", "code", "ol", "ul", "link", "document-link"]


class FeaturesBlock(blocks.StructBlock):
    """A heading with a few things worth saying, side by side where there is room."""

    heading = blocks.CharBlock()
    points = blocks.ListBlock(
        blocks.StructBlock([("title", blocks.CharBlock()), ("text", blocks.TextBlock())])
    )

    class Meta:
        icon = "list-ul"
        template = "marketing/blocks/features.html"


class RunBlock(blocks.StructBlock):
    """One run of a flow as the product shows it: better than a picture of a screen."""

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
    """What a customer said."""

    text = blocks.TextBlock()
    name = blocks.CharBlock()
    position = blocks.CharBlock()

    class Meta:
        icon = "openquote"
        template = "marketing/blocks/quote.html"


class PlansBlock(blocks.ListBlock):
    """What can be bought, and for how much."""

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
    """A file or a command, exactly as one would type it."""

    caption = blocks.CharBlock(required=False)
    code = blocks.TextBlock()

    class Meta:
        icon = "code"
        template = "marketing/blocks/code.html"


class CallBlock(blocks.StructBlock):
    """An invitation with one link, for the end of a page."""

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
