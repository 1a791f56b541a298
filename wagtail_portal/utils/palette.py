"""Derive an accessible palette from the accent color of the portal settings.

Colors are computed in OKLCH, where equal steps look equal, and checked after rounding to
``#rrggbb``. Whatever color an editor picks, in both the light and the dark theme:

* text has a contrast of 7:1, and muted text of 4.5:1, on every surface,
* text on the accent, and accent-colored text on every surface, have 4.5:1,
* the focus ring, borders of controls, and marks of labels and states have 3:1.

``stylesheet()`` writes it as CSS custom properties: ``accent_text`` is ``--portal-accent-text``.
"""

import math
import re
from functools import lru_cache

THEMES = ("auto", "light", "dark")

#: The hues of labels and states, the same in every portal: name to (hue, chroma).
HUES = {
    "grey": (0, 0),
    "red": (25, 0.15),
    "orange": (55, 0.12),
    "yellow": (90, 0.1),
    "green": (152, 0.11),
    "blue": (252, 0.13),
    "purple": (300, 0.14),
}

#: Lightness of the ten neutral steps, from the page itself to its text.
NEUTRALS = {
    "light": {
        "canvas": 0.996,
        "raised": 1.0,
        "overlay": 1.0,
        "hover": 0.973,
        "pressed": 0.95,
        "line": 0.918,
        "line_strong": 0.845,
        "control": 0.64,
        "muted": 0.47,
        "text": 0.235,
    },
    "dark": {
        "canvas": 0.19,
        "raised": 0.228,
        "overlay": 0.262,
        "hover": 0.238,
        "pressed": 0.275,
        "line": 0.3,
        "line_strong": 0.385,
        "control": 0.53,
        "muted": 0.745,
        "text": 0.94,
    },
}

#: The backgrounds of text, links and the focus ring.
SURFACES = ("canvas", "raised", "overlay", "hover", "pressed", "accent_tint", "accent_wash")

HEX = re.compile(r"#[0-9a-fA-F]{6}")
WHITE = "#ffffff"

#: The radius of small and large elements; "soft" is the default of the style sheet.
CORNERS = {"soft": None, "round": ("14px", "20px"), "square": ("0", "0")}


def stylesheet(accent, theme="auto", corners="soft", scope=""):
    """Return a style sheet with the custom properties for ``accent``.

    :param theme: with ``"auto"``, the device decides, unless ``<html data-theme>`` is set.
    :param scope: a selector that limits the properties to parts of the page.
    :raises ValueError: for an unknown theme.
    """
    if theme not in THEMES:
        raise ValueError(f"theme must be one of {', '.join(THEMES)}, not {theme!r}")
    light, dark = (_declarations(name, colors(accent, name)) for name in ("light", "dark"))
    inside = f" {scope}" if scope else ""
    shape = ""
    if radii := CORNERS[corners]:
        shape = f":root{inside}{{--portal-radius:{radii[0]};--portal-radius-large:{radii[1]}}}\n"
    if theme != "auto":
        return f"{shape}:root{inside}{{{light if theme == 'light' else dark}}}\n"
    return (
        f"{shape}"
        f":root{inside}{{{light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){inside}{{{dark}}}}}\n"
        f":root[data-theme=dark]{inside}{{{dark}}}\n"
    )


@lru_cache(maxsize=128)
def colors(accent, theme):
    """Return the colors of one theme (``"light"`` or ``"dark"``), by name, as ``#rrggbb``."""
    is_light = theme == "light"
    _, chroma, hue = _to_oklch(accent)
    trace = min(chroma, 0.2) * 0.045
    # Next to white, even a trace would look colored.
    found = {
        name: _to_hex(step, trace * min(1, (1 - step) * 15), hue)
        for name, step in NEUTRALS[theme].items()
    }
    found["accent_tint"] = _to_hex(0.968 if is_light else 0.262, min(chroma, 0.017), hue)
    found["accent_wash"] = _to_hex(0.94 if is_light else 0.3, min(chroma, 0.035), hue)
    found["accent_line"] = _to_hex(0.885 if is_light else 0.38, min(chroma, 0.06), hue)
    surfaces = [found[name] for name in SURFACES]
    for name, ratio in (("text", 7), ("muted", 4.5), ("control", 3)):
        found[name] = _readable(found[name], surfaces, ratio, theme)
    found.update(_solid_accent(accent, theme))
    found["accent_text"] = _readable(accent, surfaces, 4.5, theme)
    found["ring"] = _readable(accent, surfaces, 3, theme)
    for name, (hue_of_name, chroma_of_name) in HUES.items():
        if name == "grey":
            hue_of_name, chroma_of_name = hue, trace * 2
        tint = _to_hex(0.955 if is_light else 0.29, chroma_of_name * 0.28, hue_of_name)
        ink = _to_hex(0.46 if is_light else 0.82, chroma_of_name * 0.95, hue_of_name)
        mark = _to_hex(0.62 if is_light else 0.72, chroma_of_name * 1.3, hue_of_name)
        found[f"{name}_tint"] = tint
        found[f"{name}_text"] = _readable(ink, [tint, *surfaces], 4.5, theme)
        found[f"{name}_mark"] = _readable(mark, [tint, *surfaces], 3, theme)
    return found


def contrast(one, other):
    """Return the WCAG contrast ratio of two colors, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _solid_accent(accent, theme):
    """Return the accent as a background, its hover color, and the color of text on both.

    A color that's only just too light for white text is darkened a little. A lighter one isn't
    changed and gets dark text.
    """
    lightness, chroma, hue = _to_oklch(accent)
    lightness = min(lightness, 0.9) if theme == "light" else max(lightness, 0.42)
    for step in range(10):
        solid = _to_hex(lightness - step / 100, chroma, hue)
        if contrast(solid, WHITE) >= 4.5:
            hover = _to_hex(lightness - step / 100 - 0.06, chroma, hue)
            return {"accent": solid, "accent_hover": hover, "on_accent": WHITE}
    solid, hover = _to_hex(lightness, chroma, hue), _to_hex(lightness + 0.04, chroma, hue)
    ink = _readable(_to_hex(0.24, min(chroma, 0.04), hue), [solid, hover], 4.5, "light")
    return {"accent": solid, "accent_hover": hover, "on_accent": ink}


def _readable(color, surfaces, ratio, theme):
    """Change the lightness of ``color`` until its contrast with all surfaces reaches ``ratio``."""
    lightness, chroma, hue = _to_oklch(color)
    step = -0.005 if theme == "light" else 0.005
    while any(contrast(color, surface) < ratio for surface in surfaces):
        lightness += step
        color = _to_hex(lightness, chroma, hue)
    return color


def _declarations(theme, found):
    names = "".join(f"--portal-{name.replace('_', '-')}:{value};" for name, value in found.items())
    return f"color-scheme:{theme};{names}"


def _channels(color):
    """Return red, green and blue as linear light, 0 to 1."""
    if not isinstance(color, str) or not HEX.fullmatch(color):
        raise ValueError(f"color must be in the format #2f6fed, not {color!r}")
    values = (int(color[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]


def _luminance(color):
    red, green, blue = _channels(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _to_oklch(color):
    """Return lightness (0 to 1), chroma and hue; the matrices are Björn Ottosson's."""
    red, green, blue = _channels(color)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.793617785 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.428592205 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.808675766 * short
    return lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def _to_hex(lightness, chroma, hue):
    """Return the nearest sRGB color with the same hue, reducing the chroma if necessary."""
    lightness = min(max(lightness, 0), 1)
    low, high = 0.0, chroma
    rgb = _to_rgb(lightness, chroma, hue)
    if not _in_gamut(rgb):
        for _ in range(12):
            middle = (low + high) / 2
            if _in_gamut(_to_rgb(lightness, middle, hue)):
                low = middle
            else:
                high = middle
        rgb = _to_rgb(lightness, low, hue)
    encoded = (
        12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055
        for v in (min(max(v, 0), 1) for v in rgb)
    )
    return "#" + "".join(f"{round(v * 255):02x}" for v in encoded)


def _in_gamut(rgb):
    return all(-0.0005 <= value <= 1.0005 for value in rgb)


def _to_rgb(lightness, chroma, hue):
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
    )
