"""Rules that keep plain text plain: Markdown for people who may not know that they write it.

Each rule narrows one of the library's, so that paths, globs, logs and signatures stay as typed,
while lists, quotes, bold and code that are meant work. Every rule looks at a text once: none
begins anew from each sign that could begin something.
"""

import re
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_block import StateBlock, blockquote, code, fence, heading, list_block, table
from markdown_it.rules_inline import StateInline, emphasis, strikethrough
from markdown_it.token import Token

from .markup import SCHEMES
from .pasted_code import code_ranges

#: The parser drops what is nested deeper than its own limit of 20, so quotes and lists end before.
MAX_LEVEL = 16
_HEADING = re.compile(r"#{1,6}[ \t]+([^\W_].*)(?<!#)")
_LIST_ITEM = re.compile(r"(?:[-*]|\d{1,3}[.)])[ \t]+\S")
_QUOTE = re.compile(r">(?:[ \t>]|$|[^\W\d])")
#: A line that draws a line, such as ``-----``, ``* * *`` or ``=====``.
_RULE = re.compile(r"[-*_=~#+][-*_=~#+ \t]*")

_NBSP = "\N{NO-BREAK SPACE}"
_GAP = re.compile(r" {2,}|\t")

_OPENING = "([{\"'“‘„«‹¿¡—–>*_~"
_CLOSING = ")]}\"'”’»›…—–-<|*_~.,;:!?"
#: Punctuation with which emphasized text may begin.
_FIRST = "\"'“‘„«‹¿¡([{<`*_~#$€£@&+!…"
#: ``__init__`` and the like: names in code, never bold.
_DUNDER = re.compile(r"__[A-Za-z]\w{0,60}?__(?!\w)")

_SCHEME = re.compile(r"(?<![a-z0-9.+-])https?$", re.IGNORECASE)
#: What ends a URL, besides a closing bracket that nothing in it opens.
_URL_END = frozenset('<>"`|\\^“”„«»‘’…，。；：！？、（）「」『』【】《》')
_URL_TRAILING = ".,:;!?'*_~([{"
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_EMAIL = re.compile(
    r"(?<![\w.!#$%&'*+/=?^`{|}~-])[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?![\w-])",
    re.IGNORECASE,
)


def use_plain_rules(markdown: MarkdownIt) -> None:
    """Replace the rules of a parser. It's a plugin, for ``MarkdownIt.use``."""
    markdown.validateLink = is_web_link  # type: ignore[method-assign]
    # Backslashes, entities, "[1]: https://…" and the line below a title stay as typed.
    markdown.disable(["escape", "entity", "autolink", "html_inline"])
    markdown.disable(["reference", "html_block", "lheading"])
    block = markdown.block.ruler
    block.before("table", "pasted_code", _pasted_code, {"alt": ["paragraph", "blockquote", "list"]})
    block.at("table", _table, {"alt": ["paragraph"]})
    block.at("code", _indented)
    block.at("fence", _fence, {"alt": ["paragraph", "blockquote", "list"]})
    block.at("blockquote", _quote, {"alt": ["paragraph", "blockquote", "list"]})
    block.at("hr", _ends_container, {"alt": ["blockquote", "list"]})
    block.at("list", _list, {"alt": ["paragraph", "blockquote"]})
    block.at("heading", _heading)
    block.at("paragraph", _paragraph)
    inline = markdown.inline.ruler
    inline.at("linkify", _url)
    inline.at("newline", _newline)
    inline.before("emphasis", "dunder", _dunder)
    inline.at("strikethrough", _at_word_edges(strikethrough.tokenize))
    inline.at("emphasis", _at_word_edges(emphasis.tokenize))
    core = markdown.core.ruler
    core.before("block", "pasted_code", _find_pasted_code)
    core.at("linkify", _links_and_numbers)
    markdown.add_render_rule("text", _render_text)


def is_web_link(url: str) -> bool:
    """Return whether a URL leads somewhere, so that ``values[i](x)`` in pasted code is no link."""
    return url.partition(":")[0].lower() in SCHEMES and ":" in url


# -- Blocks --------------------------------------------------------------------------------------


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _find_pasted_code(state) -> None:
    state.env["pasted_code"] = code_ranges(state.src.split("\n"))


def _pasted_code(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    last = state.env["pasted_code"].get(start)
    if last is None or state.level:
        return False
    if not silent:
        state.line = last
        token = state.push("code_block", "code", 0)
        token.content = state.getLines(start, last, 0, False) + "\n"
        token.map = [start, last]
    return True


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    state.env["pipes"] = _line(state, start).count("|")
    return table(state, start, end, silent)


def _indented(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if not code(state, start, end, silent):
        return False
    # The library takes four spaces away.
    token = state.tokens[-1]
    first, last = token.map or [start, end]
    token.content = state.getLines(first, last, state.blkIndent, False) + "\n"
    return True


def _fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    # A line of tildes underlines something.
    return not _line(state, start).startswith("~") and fence(state, start, end, silent)


def _quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    is_quote = state.level < MAX_LEVEL and _QUOTE.match(_line(state, start))
    return bool(is_quote) and blockquote(state, start, end, silent)


def _ends_container(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """End a quote, table or list before a line that doesn't say that it belongs to it."""
    if not silent:
        return False
    line = _line(state, start)
    if state.parentType == "table":
        # Rows are about as wide as the heading, or few characters would make many cells.
        return line.count("|") < max(state.env["pipes"] - 2, 1)
    return state.parentType == "blockquote" or not _is_list_item(line)


def _is_list_item(line: str) -> bool:
    return bool(_LIST_ITEM.match(line)) and not _RULE.fullmatch(line)


def _list(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    is_item = state.level < MAX_LEVEL and _is_list_item(_line(state, start))
    return is_item and list_block(state, start, end, silent)


def _heading(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A heading stands alone. A single # begins many comments, too, in lower case or among code."""
    found = _HEADING.fullmatch(_line(state, start).rstrip())
    if silent or not found or (start > 0 and not state.isEmpty(start - 1)):
        return False
    if found[0][1] != "#":
        followed = start + 1 < state.lineMax and not state.isEmpty(start + 1)
        if followed or found[1][0].islower() or found[1][0].isdigit():
            return False
    return heading(state, start, end, silent)


def _paragraph(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A paragraph keeps its indentation, and takes no line from outside its list or quote."""
    rules = state.md.block.ruler.getRules("paragraph")
    outer, state.parentType = state.parentType, "paragraph"
    last = start + 1
    while last < state.lineMax and not state.isEmpty(last):
        if state.sCount[last] < state.blkIndent:
            break
        is_deep = state.sCount[last] - state.blkIndent > 3
        if not is_deep and any(rule(state, last, state.lineMax, True) for rule in rules):
            break
        last += 1
    content = state.getLines(start, last, state.blkIndent, False).rstrip()
    state.line = last
    state.push("paragraph_open", "p", 1).map = [start, last]
    token = state.push("inline", "", 0)
    token.content, token.map, token.children = content, [start, last], []
    state.push("paragraph_close", "p", -1)
    state.parentType = outer
    return True


# -- Inline --------------------------------------------------------------------------------------


def _newline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "\n":
        return False
    if not silent:
        state.push("hardbreak", "br", 0)
    state.pos += 1
    return True


def _dunder(state: StateInline, silent: bool) -> bool:
    found = state.src.startswith("__", state.pos) and _DUNDER.match(
        state.src, state.pos, state.posMax
    )
    if not found:
        return False
    if not silent:
        state.pending += found[0]
    state.pos = found.end()
    return True


def _at_word_edges(tokenize):
    """Let signs of emphasis open only before a word, and close only behind one."""

    def rule(state: StateInline, silent: bool) -> bool:
        start, known = state.pos, len(state.delimiters)
        if not tokenize(state, silent):
            return False
        before = state.src[start - 1] if start else " "
        after = state.src[state.pos] if state.pos < state.posMax else " "
        second = state.src[state.pos + 1] if state.pos + 1 < state.posMax else " "
        is_short = state.pos - start <= 3
        opens = is_short and _may_stand_before(before) and _may_begin(after)
        closes = is_short and _may_end(before) and _may_stand_behind(after, second)
        for position in range(known, len(state.delimiters)):
            delimiter = state.delimiters[position]
            delimiter.open = delimiter.open and opens
            delimiter.close = delimiter.close and closes
        return True

    return rule


def _has_no_spaces(sign: str) -> bool:
    """Return whether a letter is of a script that puts no spaces between words."""
    return sign >= "\u2e80"


def _may_stand_before(sign: str) -> bool:
    return sign.isspace() or sign in _OPENING or _has_no_spaces(sign)


def _may_begin(sign: str) -> bool:
    return sign.isalnum() or sign in _FIRST or (ord(sign) > 127 and not sign.isspace())


def _may_end(sign: str) -> bool:
    return not sign.isspace() and sign not in "/\\([{"


def _may_stand_behind(sign: str, second: str) -> bool:
    if sign in ".:,":
        # In "__init__.py" and "*.tar.*:x" a name goes on.
        return not second.isalnum()
    return sign.isspace() or sign in _CLOSING or _has_no_spaces(sign)


def _url(state: StateInline, silent: bool) -> bool:
    """A URL becomes a link. Other things that look like one, such as ``file.py``, don't."""
    begin = state.pos + 3
    if state.linkLevel or not state.src.startswith("://", state.pos):
        return False
    scheme = _SCHEME.search(state.src[max(state.pos - 6, 0) : state.pos])
    if not scheme or begin >= state.posMax or not state.src[begin].isalnum():
        return False
    end = _end_of_url(state.src, begin, state.posMax)
    url = scheme[0] + state.src[state.pos : end]
    if not silent:
        state.pending = state.pending[: -len(scheme[0])]
        state.push("link_open", "a", 1).attrs = {"href": state.md.normalizeLink(url)}
        state.push("text", "", 0).content = url
        state.push("link_close", "a", -1)
    state.pos = end
    return True


def _end_of_url(text: str, begin: int, end: int) -> int:
    """Return where a URL ends. What was looked at is part of it, but for punctuation at its end:
    a search for the end of each bracket would begin anew with each URL."""
    opened, position = [], begin
    while position < end:
        sign = text[position]
        if sign.isspace() or sign in _URL_END:
            break
        if sign in "([{":
            opened.append(sign)
        elif sign in _BRACKETS:
            if not opened or opened[-1] != _BRACKETS[sign]:
                break
            opened.pop()
        position += 1
    while position > begin and text[position - 1] in _URL_TRAILING:
        position -= 1
    return position


# -- What was parsed -----------------------------------------------------------------------------


def _links_and_numbers(state) -> None:
    lists: list = []
    for token in state.tokens:
        if token.type == "inline":
            token.children = _with_links(token.children or [])
        elif token.type in ("ordered_list_open", "bullet_list_open"):
            lists.append([])
        elif token.type == "list_item_open":
            lists[-1].append(token)
        elif token.type in ("ordered_list_close", "bullet_list_close"):
            _keep_numbers([item for item in lists.pop() if item.info])


def _keep_numbers(items: list[Token]) -> None:
    """Number a list as it was typed, unless every item has the same number."""
    numbers = [int(item.info) for item in items]
    if len(set(numbers)) > 1:
        for item, number, previous in zip(items[1:], numbers[1:], numbers, strict=False):
            if number != previous + 1:
                item.attrSet("value", str(number))


def _with_links(tokens: list[Token]) -> list[Token]:
    """Return the tokens with links for email addresses and images, each with its target."""
    found: list[Token] = []
    link: Token | None = None
    label: list[str] = []
    for token in tokens:
        if token.type == "link_open":
            link, label = token, []
        elif token.type == "link_close" and link:
            _name_target(link, "".join(label))
            link = None
        elif token.type == "image":
            words = "".join(child.content for child in token.children or [])
            words = words or str(token.attrs["src"])
            found += [_text(words)] if link else _link(str(token.attrs["src"]), words)
            label.append(words)
            continue
        elif link:
            label.append(token.content)
        elif token.type == "text" and "@" in token.content:
            found += _with_addresses(token.content)
            continue
        found.append(token)
    return found


def _with_addresses(text: str) -> list[Token]:
    tokens, at = [], 0
    for found in _EMAIL.finditer(text):
        tokens += [_text(text[at : found.start()]), *_link(f"mailto:{found[0]}", found[0])]
        at = found.end()
    return [*tokens, _text(text[at:])]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _link(href: str, words: str) -> list[Token]:
    begin = Token("link_open", "a", 1, attrs={"href": href})
    _name_target(begin, words)
    return [begin, _text(words), Token("link_close", "a", -1)]


def _name_target(link: Token, words: str) -> None:
    """Show where a link leads, unless its text says so. Print needs to know the difference."""
    href = str(link.attrs["href"])
    link.attrs.pop("title", None)
    if unquote(words.strip()) in (unquote(href), unquote(href.removeprefix("mailto:"))):
        link.attrSet("class", "portal-address")
    else:
        link.attrSet("title", href)


def _render_text(self, tokens, index, options, env) -> str:
    """Show spaces as they were typed, which HTML would join into one."""
    content = tokens[index].content
    indent = ""
    if index == 0 or tokens[index - 1].type == "hardbreak":
        indented = content.lstrip(" ")
        indent, content = _NBSP * (len(content) - len(indented)), indented
    return indent + _GAP.sub(_wide, escapeHtml(content))


def _wide(gap: re.Match) -> str:
    width = 4 if gap[0] == "\t" else len(gap[0])
    return _NBSP * (width - 1) + " "
