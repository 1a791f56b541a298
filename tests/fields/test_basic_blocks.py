"""Texts in the blocks of forms and of the portal's home page."""

from wagtail import blocks

from wagtail_portal.fields.blocks import FormBlocks
from wagtail_portal.fields.customer_conditions import CustomerConditionBlocks
from wagtail_portal.fields.preset_blocks import PresetBlocks
from wagtail_portal.pages.home_content.blocks import HomeBlocks
from wagtail_portal.pages.ticket_form.form_block import TicketFormBlock

TEXTS = (blocks.CharBlock, blocks.TextBlock, blocks.URLBlock)


def texts_in(block, path="") -> list:
    """Return every block for a text, with its path."""
    children = {**getattr(block, "child_blocks", {})}
    if isinstance(block, blocks.ListBlock):
        children["item"] = block.child_block
    own = [(path, block)] if isinstance(block, TEXTS) else []
    return own + [
        row for name, child in children.items() for row in texts_in(child, f"{path}.{name}")
    ]


def test_texts_that_were_never_entered_are_empty():
    """wagtail-localize can't translate None."""
    found = [
        row
        for stream in (
            FormBlocks,
            HomeBlocks,
            PresetBlocks,
            CustomerConditionBlocks,
            TicketFormBlock,
        )
        for row in texts_in(stream(), stream.__name__)
    ]
    assert len(found) > 50
    # Wagtail's own block for images fills in its alternative text itself.
    wrong = [path for path, block in found if block.get_default() is None]
    assert [path for path in wrong if not path.endswith(".alt_text")] == []
