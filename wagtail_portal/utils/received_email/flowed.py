"""Join the lines of text that a mail program has wrapped (RFC 3676, ``format=flowed``)."""


def unflow(text: str, *, delsp: bool) -> str:
    """Return the text with its paragraphs on one line each.

    :param delsp: whether the space at the end of a line was added, too (``delsp=yes``).
    """
    found: list[str] = []
    parts: list[str] = []
    open_depth = None

    def close() -> None:
        nonlocal open_depth
        if open_depth is not None:
            found.append(
                "> " * open_depth + "".join(parts) if parts != [""] or open_depth == 0 else ">"
            )
        parts.clear()
        open_depth = None

    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        if content.startswith(" "):
            content = content[1:]
        is_signature = content == "-- "
        if open_depth is not None and (depth != open_depth or is_signature):
            close()
        flows = content.endswith(" ") and not is_signature
        parts.append(content[:-1] if flows and delsp else content)
        open_depth = depth
        if not flows:
            close()
    close()
    return "\n".join(line.rstrip() if line != "-- " else line for line in found)
