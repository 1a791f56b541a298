"""The portal stays readable with any accent colour."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wagtail_portal.utils.palette import HUES, SURFACES, THEMES, colors, contrast, stylesheet

accents = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
themes = st.sampled_from(["light", "dark"])


def edge_cases(test):
    """The colours that tend to break palettes: extremes and pure colours."""
    for accent in ("#000000", "#ffffff", "#ffff00", "#0000ff", "#808080", "#ff6600", "#767676"):
        for theme in ("light", "dark"):
            test = example(accent=accent, theme=theme)(test)
    return test


@edge_cases
@given(accent=accents, theme=themes)
def test_text_is_readable_on_every_surface(accent, theme):
    found = colors(accent, theme)
    for surface in SURFACES:
        assert contrast(found["text"], found[surface]) >= 7
        assert contrast(found["muted"], found[surface]) >= 4.5
        assert contrast(found["accent_text"], found[surface]) >= 4.5


@edge_cases
@given(accent=accents, theme=themes)
def test_text_is_readable_on_the_accent(accent, theme):
    found = colors(accent, theme)
    assert contrast(found["on_accent"], found["accent"]) >= 4.5
    assert contrast(found["on_accent"], found["accent_hover"]) >= 4.5


@edge_cases
@given(accent=accents, theme=themes)
def test_focus_ring_and_controls_stand_out(accent, theme):
    found = colors(accent, theme)
    for surface in SURFACES:
        assert contrast(found["ring"], found[surface]) >= 3
        assert contrast(found["control"], found[surface]) >= 3


@edge_cases
@given(accent=accents, theme=themes)
def test_labels_are_readable_on_their_tint_and_on_every_surface(accent, theme):
    found = colors(accent, theme)
    for hue in HUES:
        for surface in (f"{hue}_tint", *SURFACES):
            assert contrast(found[f"{hue}_text"], found[surface]) >= 4.5
            assert contrast(found[f"{hue}_mark"], found[surface]) >= 3


@given(accent=accents, theme=st.sampled_from(THEMES))
def test_stylesheet_only_contains_custom_properties(accent, theme):
    css = stylesheet(accent, theme)
    declarations = re.findall(r"[{;]([a-z-]+):([^;{}]+);", css.replace(";", ";;"))
    assert {name for name, _ in declarations if not name.startswith("--portal-")} == {
        "color-scheme"
    }
    for name, value in declarations:
        if name.startswith("--portal-"):
            assert re.fullmatch("#[0-9a-f]{6}", value)


def test_readable_accent_is_not_changed():
    assert colors("#2f6fed", "light")["accent"] == "#2f6fed"
    assert colors("#ffd400", "light")["accent"] == "#ffd400"


def test_contrast_follows_the_wcag_definition():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_chosen_theme_overrides_the_device():
    assert "prefers-color-scheme" in stylesheet("#2f6fed", "auto")
    assert "prefers-color-scheme" not in stylesheet("#2f6fed", "dark")
    assert "color-scheme:dark" in stylesheet("#2f6fed", "dark")
    assert "color-scheme:light" in stylesheet("#2f6fed", "light")


@pytest.mark.parametrize(
    "accent", ["", "red", "#fff", "2f6fed", "#2f6fedd", "#2f6fe\n", "#gggggg", None, 1]
)
def test_invalid_color_is_rejected(accent):
    with pytest.raises(ValueError, match="color must be in the format"):
        stylesheet(accent)


def test_unknown_theme_is_rejected():
    with pytest.raises(ValueError, match="theme must be one of"):
        stylesheet("#2f6fed", "sepia")
