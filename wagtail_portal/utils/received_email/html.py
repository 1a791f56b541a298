"""HTML of emails as Markdown: lists, links, tables and emphasis stay; styles, scripts and what
no one sees don't.

Python's parser reads a page from the beginning to its end without a tree, so neither deep nor
broken pages are a problem.
"""

import re
from html.parser import HTMLParser

from .quotes import ATTRIBUTION_MARK, HISTORY_MARK

#: Characters of HTML that are read, and of text that's made of it.
MAX_HTML, MAX_TEXT = 1_000_000, 300_000
#: Quotes inside quotes.
MAX_DEPTH = 8

_SKIPPED = {"script", "style", "head", "title", "template", "object", "svg", "noscript", "select"}
_IN_HEAD = {"title", "style", "script", "meta", "link", "base", "noscript", "template", "object"}
_BLOCKS = {
    *("p", "div", "section", "article", "header", "footer", "table", "tbody", "tr", "center"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "address", "dl", "dt", "dd", "fieldset", "form", "main"),
}
_PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "blockquote", "pre"}
_EMPTY = {"br", "hr", "img", "meta", "link", "input", "col", "area", "base", "wbr"}
_EMPHASIS = {"b": "**", "strong": "**", "i": "*", "em": "*", "s": "~~", "del": "~~", "strike": "~~"}
#: Not a font size of 0: newsletters give it to what's around the text, which has its own.
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|max-height\s*:\s*0(?:px|pt|em)?\s*(?:;|$)",
    re.IGNORECASE,
)
_HISTORY_IDS = {"divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container"}
_HISTORY_CLASSES = {"yahoo_quoted", "protonmail_quote", "zmail_extra", "yj6qo"}
_ATTRIBUTION_CLASSES = {"gmail_attr", "moz-cite-prefix"}
_OUTLOOK_RULE = re.compile(r"border-top\s*:\s*solid\s+#(?:e1e1e1|b5c4df)", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_LINKS = ("http://", "https://", "mailto:", "tel:")


class _Full(Exception):
    """There's more text than anybody reads."""


class _Table:
    def __init__(self, is_data: bool):
        self.rows: list[list[str]] = []
        self.is_data, self.has_headings = is_data, False


class _Converter(HTMLParser):
    """Collects lines of Markdown. ``images`` names the files of inline images by Content-ID."""

    def __init__(self, images: dict[str, str]):
        super().__init__(convert_charrefs=True)
        self.images = images
        self.used_images: set[str] = set()
        self.lines: list[str] = []
        #: What the current line consists of: adding to one text would take quadratic time.
        self.parts: list[str] = []
        self.length = 0
        self.skipped: list[str] = []
        self.depth = 0
        self.lists: list[int | None] = []
        self.link = ""
        self.link_start: int | None = None
        self.pre = 0
        self.tables: list[_Table] = []
        self.cell: list[str] | None = None

    # -- Output ----------------------------------------------------------------------------------

    def _add(self, text: str) -> None:
        self.length += len(text)
        if self.length > MAX_TEXT:
            raise _Full
        self.parts.append(text)

    def _take(self) -> str:
        text = "".join(self.parts)
        self.parts.clear()
        self.link_start = None
        return text

    @property
    def _ends_with_space(self) -> bool:
        return not self.parts or self.parts[-1].endswith(" ")

    def _end_line(self, *, blank: bool = False) -> None:
        text = self._take()
        text = text.rstrip() if self.pre else text.strip(" ")
        if self.cell is not None:
            if text:
                self.cell.append(text)
            return
        prefix = "> " * min(self.depth, MAX_DEPTH)
        if text:
            self._put(prefix + text)
        if blank and self.lines and self.lines[-1].strip("> "):
            self._put(prefix.rstrip())

    def _put(self, line: str) -> None:
        self.length += 1
        if self.length > MAX_TEXT:
            raise _Full
        self.lines.append(line)

    def _mark(self, mark: str) -> None:
        if self.cell is None and not self.depth:
            self._end_line()
            self.lines.append(mark)

    def finish(self) -> None:
        """End what the page hasn't ended."""
        if self.cell is not None:
            self._end_cell()
        while self.tables:
            self._put_table(self.tables.pop(0))
        self._end_line()

    # -- Parser ----------------------------------------------------------------------------------

    def handle_starttag(self, tag, attrs):
        if tag == "body" or (self.skipped == ["head"] and tag not in _IN_HEAD):
            # Its end can be left out.
            self.skipped.clear()
        if self.skipped:
            if tag not in _EMPTY:
                self.skipped.append(tag)
            return
        values = {name: value or "" for name, value in attrs}
        style = values.get("style", "")[:2000]
        if tag in _SKIPPED or (_HIDDEN.search(style) and tag not in _EMPTY):
            self.skipped.append(tag)
            return
        classes = set(values.get("class", "").lower().split())
        key = values.get("id", "").lower()
        if key in _HISTORY_IDS or classes & _HISTORY_CLASSES or _OUTLOOK_RULE.search(style):
            self._mark(HISTORY_MARK)
        if classes & _ATTRIBUTION_CLASSES and not self.depth and self.cell is None:
            self._end_line()
            self._add(ATTRIBUTION_MARK)
            return
        self._start(tag, values)

    def _start(self, tag, values):
        if tag == "br":
            if self.pre or self.parts or self.cell is not None:
                self._end_line()
            else:
                self._end_line(blank=True)
        elif tag == "hr":
            self._end_line(blank=True)
        elif tag == "img":
            self._image(values)
        elif tag in _EMPHASIS:
            self._add(f"\x00{_EMPHASIS[tag]}")
        elif tag == "a":
            self.link, self.link_start = values.get("href", "").strip(), len(self.parts)
        elif tag == "pre":
            self._end_line(blank=True)
            self._put_fence()
            self.pre += 1
        elif tag == "blockquote":
            self._end_line(blank=True)
            self.depth += 1
        elif tag in ("ul", "ol"):
            self._end_line(blank=not self.lists)
            self.lists.append(1 if tag == "ol" else None)
        elif tag == "li":
            self._item()
        elif tag == "table":
            is_data = not self.tables and "border" in values and values["border"] != "0"
            self._end_line(blank=True)
            if self.cell is None:
                self.tables.append(_Table(is_data))
        elif tag in ("td", "th"):
            self._cell(tag)
        elif tag in _BLOCKS:
            self._end_line(blank=tag in _PARAGRAPHS)
            if tag == "tr" and self.tables and self.cell is None:
                self.tables[-1].rows.append([])

    def handle_endtag(self, tag):
        if self.skipped:
            # A page that doesn't close its tags mustn't hide everything behind them.
            if tag in self.skipped[-3:]:
                while self.skipped and self.skipped.pop() != tag:
                    pass
            elif tag in ("body", "html", "table"):
                self.skipped.clear()
            return
        if tag in _EMPHASIS:
            self._add(f"\x01{_EMPHASIS[tag]}")
        elif tag == "a":
            self._end_link()
        elif tag == "pre" and self.pre:
            self._end_line()
            self.pre -= 1
            self._put_fence()
        elif tag == "blockquote" and self.depth:
            self._end_line()
            self.depth -= 1
            self._end_line(blank=True)
        elif tag in ("ul", "ol") and self.lists:
            self._end_line()
            self.lists.pop()
            self._end_line(blank=not self.lists)
        elif tag in ("td", "th"):
            self._end_cell()
        elif tag == "table" and self.tables and self.cell is None:
            self._end_line()
            self._put_table(self.tables.pop())
        elif tag in _BLOCKS or tag == "li":
            self._end_line(blank=tag in _PARAGRAPHS)

    def handle_data(self, data):
        if self.skipped:
            return
        if self.pre:
            *whole, last = data.split("\n")
            for line in whole:
                self._add(line)
                self._put("> " * min(self.depth, MAX_DEPTH) + self._take().rstrip())
            self._add(last)
            return
        text = _SPACE.sub(" ", data.replace("\xa0", " "))
        if self._ends_with_space:
            text = text.lstrip()
        if text:
            self._add(text)

    # -- Elements --------------------------------------------------------------------------------

    def _put_fence(self) -> None:
        if self.cell is None:
            self._put("> " * min(self.depth, MAX_DEPTH) + "```")

    def _item(self) -> None:
        self._end_line()
        number = self.lists[-1] if self.lists else None
        indent = "   " * min(max(len(self.lists) - 1, 0), MAX_DEPTH)
        if number is None:
            self._put_prefix(f"{indent}- ")
        else:
            self._put_prefix(f"{indent}{number}. ")
            self.lists[-1] = number + 1

    def _put_prefix(self, prefix: str) -> None:
        # Spaces in front would be stripped with the rest of the line.
        self._add(prefix.replace(" ", "\x02", len(prefix) - len(prefix.lstrip())))

    def _image(self, values) -> None:
        source, alt = values.get("src", ""), _SPACE.sub(" ", values.get("alt", "")).strip()
        if source.lower().startswith("cid:"):
            name = self.images.get(source[4:].strip("<>").lower())
            if name:
                self.used_images.add(name)
                self._add(f"[{name}]")
                return
        # An emoji, or the text of a logo. Pictures of one pixel count readers.
        if alt and len(alt) <= 4 and not alt.isascii():
            self._add(alt)

    def _end_link(self) -> None:
        target, self.link = self.link, ""
        start, self.link_start = self.link_start, None
        if start is None or not target:
            return
        text = "".join(self.parts[start:]).strip()
        if not text or not target.lower().startswith(_LINKS) or len(target) > 2000:
            return
        bare = target.removeprefix("mailto:").removeprefix("tel:")
        if text.rstrip("/") in (target.rstrip("/"), bare) or text.startswith("["):
            return
        label = re.sub(r"[\[\]\x00\x01*~]", "", text)
        address = target.replace(" ", "%20").replace("(", "%28").replace(")", "%29")
        if label:
            del self.parts[start:]
            self._add(f"[{label}]({address})")

    def _cell(self, tag) -> None:
        if not self.tables:
            self._end_line()
            return
        self._end_cell()
        self._end_line()
        if not self.tables[-1].rows:
            self.tables[-1].rows.append([])
        if tag == "th":
            self.tables[-1].has_headings = True
        if self.tables[-1].is_data or self.tables[-1].has_headings:
            self.cell = []

    def _end_cell(self) -> None:
        if self.cell is None or not self.tables:
            self._end_line()
            return
        self._end_line()
        text = " ".join(self.cell).replace("|", "\\|")
        self.cell = None
        self.tables[-1].rows[-1].append(text)

    def _put_table(self, table: _Table) -> None:
        rows = [row for row in table.rows if row]
        if not rows:
            return
        width = max(map(len, rows))
        if width < 2:
            for row in rows:
                self._put("> " * min(self.depth, MAX_DEPTH) + row[0])
            return
        prefix = "> " * min(self.depth, MAX_DEPTH)
        for number, row in enumerate(rows[:2000]):
            cells = [*row, *[""] * (min(width, 50) - len(row))][:50]
            self._put(f"{prefix}| {' | '.join(cells)} |")
            if not number:
                self._put(f"{prefix}|{' --- |' * len(cells)}")
        self._put(prefix.rstrip())


_MARKED = re.compile(r"\x00(\*\*|\*|~~)([^\x00\x01]*)\x01\1")


def _emphasize(match) -> str:
    mark, text = match.groups()
    inner = text.strip()
    if not inner or inner.startswith(("*", "[", "~")) or "  " in inner:
        return text
    before = text[: len(text) - len(text.lstrip())]
    after = text[len(text.rstrip()) :]
    return f"{before}{mark}{inner}{mark}{after}"


_LEFT = re.compile(r"[\x00\x01](?:\*\*|\*|~~)")


def _without_comments(html: str) -> str:
    """Return HTML without comments and declarations, and without tags that are never closed: old
    versions of Python's parser take quadratic time for them."""
    found, position = [], 0
    while (start := html.find("<!", position)) >= 0:
        found.append(html[position:start])
        is_comment = html.startswith("<!--", start)
        end = html.find("-->" if is_comment else ">", start + 2)
        position = len(html) if end < 0 else end + (3 if is_comment else 1)
    html = "".join([*found, html[position:]]).replace("<?", "< ?")
    last = html.rfind(">") + 1
    return html[:last] + html[last:].replace("<", "&lt;")


def html_to_markdown(html: str, images: dict[str, str] | None = None) -> tuple[str, set[str]]:
    """Return the text of an HTML email as Markdown, with the marks of :mod:`.quotes`, and the names
    of the inline images that it shows.

    :param images: the names of files by their Content-ID, in lower case.
    """
    converter = _Converter(images or {})
    html = html[:MAX_HTML].translate(dict.fromkeys(range(5)))
    html = _without_comments(html)
    try:
        converter.feed(html)
        converter.close()
        converter.finish()
    except (AssertionError, ValueError):
        # What Python's parser can't read. What came before it is kept.
        converter.parts.append(re.sub(r"<[^<>]*>", " ", html[: MAX_TEXT // 2]))
        converter.lines.append(converter._take())
    except _Full:
        pass
    lines: list = []
    for line in converter.lines:
        line = _LEFT.sub("", _MARKED.sub(_emphasize, line)).replace("\x02", " ")
        if line.strip("> ") or not lines or lines[-1].strip("> "):
            lines.append(line.rstrip())
    return "\n".join(lines).strip("\n"), converter.used_images
