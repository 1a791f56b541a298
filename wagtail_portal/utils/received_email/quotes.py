"""Separate what someone wrote from what they quoted, and from their signature.

Nothing is dropped: what's cut off is returned, too. A reply between quotes is kept as a whole.
"""

import re
from typing import NamedTuple

#: A line of our own emails, above which people reply. Its words are in the recipient's language.
_DELIMITER = re.compile(r"##-[^\n]{0,200}-##")
#: How :mod:`.html` marks the beginning of history, and a line that introduces a quote.
HISTORY_MARK, ATTRIBUTION_MARK = "\x03", "\x04"

#: "wrote:" in the languages of mail programs, at the end of "On … Dana wrote:".
#: After it, there may be a date or a name.
_DATED = r"(?:\s[^:\n]{0,40}\d[^\n]{0,60})?"
_WROTE = re.compile(
    rf"(?:\bwrote{_DATED}|\bwrites|\bschrieb(?:\s.{{0,120}})?|\ba\s+[ée]crit|\bescribi[óo]|"
    rf"\bescreveu|\bha\s+scritto|\bschreef(?:\s.{{0,120}})?|\bvolgende\s+geschreven|\bskrev(?:\s.{{0,120}})?|"
    rf"\bkirjoitti{_DATED}|\bkirjutas(?:\s.{{0,120}})?|\bnapisa[łl](?:\(a\))?|"
    rf"\bnapisana\s+przez\s.{{1,150}}\d.{{0,60}}|\bnap[ií]sal(?:a|\(a\))?|\bnapisa(?:o|la)(?:\s+je)?|"
    rf"\bp[ií]še|\b[ií]rta{_DATED}|\ba\s+scris|\bпис(?:ал|ала|ав)\(?а?\)?|\bпишет|\bпише|"
    rf"\bнаписа(?:л|ла|в)?\(?а?\)?|\byazd[ıi]{_DATED}|\bέγραψε|\brašė|\brakstīja{_DATED}|"
    rf"\bđã\s+viết|\bmenulis|เขียนว่า|ने\s+लिखा|نوشت|كتب|כתב|写道|寫道|のメッセージ|のメール|"
    rf"さんは書きました|님이\s*작성|작성)\s*"
    r"(?:<?\S{0,200}>?\s*)?[:：]\s*$",
    re.IGNORECASE,
)
#: The languages that need no word for it: "5 Oct 2026, 09:12, Dana <dana@acme.example>:".
_DATE_AND_ADDRESS = re.compile(
    r"(?=[^<]{0,80}\d)(?=[^<]{0,120}\d{1,2}[:.]\d\d)[^<]{8,120}<[^<>\s@]{1,64}@[^<>\s@]{1,190}>[^<>\d]{0,12}"
    r"(?:\s[^<>]{0,40}\d{1,2}[:.]\d\d)?[:：]"
)
_ATTRIBUTION_START = re.compile(
    r"(?:on|am|le|el|em|il|op|den|dnia|dne|в|вт|ср|пн|чт|пт|сб|вс|kl|tor|fre|man|tir|ons|lør|søn"
    r"|vào|pada|na|v|u|po|pon|uto|kuupäev|wiadomość|missatge|در|ใน"
    r"|\d{4}\s*[年/.-]|\d{1,2}[./]\d|.{0,60}<[^<>@\s]{1,64}@)",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"-{2,}\s*(?:original\s+(?:message|appointment)|urspr(?:ü|ue)ngliche\s+nachricht|"
    r"message\s+d.origine|mensaje\s+original|mensagem\s+original|messaggio\s+originale|"
    r"oorspronkelijk\s+bericht|ursprungligt\s+meddelande|oprindelig\s+meddelelse|"
    r"alkuperäinen\s+viesti|wiadomość\s+oryginalna|původní\s+zpráva|исходное\s+сообщение|"
    r"оригинал(?:ьное)?\s+сообщени[ея]|原始邮件|原始郵件|元のメッセージ|원본\s*메시지|الرسالة\s+الأصلية)"
    r"\s*-{2,}",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"(?:-{2,}\s*)?(?:begin\s+forwarded\s+message|forwarded\s+message|weitergeleitete\s+nachricht|"
    r"anfang\s+der\s+weitergeleiteten|message\s+transf[ée]r[ée]|d[ée]but\s+du\s+message|"
    r"mensaje\s+reenviado|messaggio\s+inoltrato|mensagem\s+encaminhada|doorgestuurd\s+bericht|"
    r"vidarebefordrat\s+meddelande|пересылаемое\s+сообщение|转发的?邮件|転送)",
    re.IGNORECASE,
)
_FORWARD_SUBJECT = re.compile(r"\s*(?:fwd?|wg|tr|rv|i|enc|doorst|vs|fs)\s*:", re.IGNORECASE)

#: The names of the headers that Outlook puts above a quote, by what they mean.
_FROM = (
    "from|von|de|da|van|från|fra|lähettäjä|od|от|від|kimden|من|מאת|发件人|寄件者|差出人|"
    "보낸\\s*사람|feladó|από|de\\s+la|nuo|no|saatja|từ|จาก|dari|از"
)
_OTHERS = (
    "sent|date|to|subject|cc|gesendet|datum|an|betreff|envoyé|à|objet|enviado(?:\\s+el)?|fecha|"
    "para|asunto|data|enviad[ao](?:\\s+em)?|assunto|inviato|a|oggetto|verzonden|aan|onderwerp|"
    "skickat|till|ämne|sendt|til|emne|dato|lähetetty|vastaanottaja|aihe|wysłano|do|temat|odesláno|"
    "komu|předmět|odoslané|predmet|poslano|prima|za|отправлено|дата|кому|тема|надіслано|изпратено|"
    "до|относно|gönderil(?:me|di)|tarih|kime|konu|elküldve|címzett|tárgy|στάλθηκε|ημερομηνία|προς|"
    "θέμα|trimis|către|subiect|išsiųsta|kam|tema|nosūtīts|temats|saadetud|adressaat|teema|enviat|"
    "per\\s+a|assumpte|đã\\s+gửi|tới|chủ\\s+đề|ส่ง|ถึง|เรื่อง|dikirim|kepada|perihal|subjek|"
    "ارسال\\s+شده|به|موضوع|发送时间|收件人|主题|寄件日期|收件者|主旨|送信日時|宛先|件名|보낸\\s*날짜|"
    "받는\\s*사람|제목|التاريخ|تاريخ\\s+الإرسال|إلى|الموضوع|נשלח|אל|נושא"
)
#: Some programs begin with the date.
_SENT_LINE = re.compile(
    r"\*{0,2}(?:sent|gesendet|envoyé|enviad[ao](?:\s+e[lm])?|inviato|verzonden)\s*[:：]\*{0,2}\s*\S",
    re.IGNORECASE,
)
_FROM_LINE = re.compile(rf"\*{{0,2}}(?:{_FROM})\s*[:：]\*{{0,2}}\s*\S", re.IGNORECASE)
_OTHER_LINE = re.compile(rf"\*{{0,2}}(?:{_OTHERS})\s*[:：]", re.IGNORECASE)

#: What tells the headers of an email, and who wrote when, from a text: an address, or a date and
#: a time.
_EMAIL_LIKE = re.compile(r"@|\d\D.*\d{1,2}[:.h]\d\d")

_DEVICE = re.compile(
    r"(?:sent\s+(?:from|with|via)\s+(?:my\s+|the\s+all-new\s+aol|outlook|yahoo|mail|proton|samsung|gmail|"
    r"spark|superhuman|blackberry)|get\s+outlook\s+for|"
    r"von\s+meinem\s+.{1,40}\s+gesendet|gesendet\s+(?:von|mit)\s|"
    r"envoyé\s+(?:de(?:puis)?)\s+(?:mon|ma)\s|enviado\s+desde\s+mi\s|enviado\s+do\s+meu\s|"
    r"inviato\s+da\s+(?:i|outlook|yahoo|il\s+mio)|verstuurd\s+vanaf\s+mijn|skickat\s+från\s+min|"
    r"sendt\s+fra\s+min|lähetetty\s+.{1,40}sta|отправлено\s+(?:с|из)\s|wysłane\s+z\s|"
    r"iphone から送信|发自我的|傳自我的|나의\s.{1,40}에서\s*보냄)",
    re.IGNORECASE,
)
#: Characters in which quotes are looked for.
MAX_LENGTH = 400_000
#: Lines below "-- " that are still a signature.
_SIGNATURE_LINES = 15
#: Lines over which a program can wrap "On … wrote:".
_ATTRIBUTION_LINES = 4


#: Characters of direction around a line.
_INVISIBLE = " \t\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


class Split(NamedTuple):
    """A text, and what was cut off: quotes and a signature."""

    text: str
    quoted: str


def split_quotes(text: str, *, subject: str = "") -> Split:
    """Return what's new in the text of an email, and the rest.

    :param text: plain text, or Markdown from :mod:`.html`.
    """
    lines = text[:MAX_LENGTH].split("\n")
    forwarded = bool(_FORWARD_SUBJECT.match(subject))
    below = None if forwarded else _below_quote(lines)
    if below is not None:
        new, rest = lines[below:], lines[:below]
    else:
        cut, is_ours = _find_history(lines, forwarded=forwarded)
        new, rest = lines[:cut], lines[cut:]
        if not _has_text(new) and not is_ours:
            # Nothing is above the quote, so it's what they wanted to say.
            new, rest = lines, []
    kept = _signature_start(new)
    if _has_text(new[:kept]):
        new, rest = new[:kept], [*new[kept:], *rest]
    return Split(_join(new), f"{_join(rest)}{text[MAX_LENGTH:]}")


def _join(lines: list[str]) -> str:
    text = "\n".join(lines).replace(HISTORY_MARK, "").replace(ATTRIBUTION_MARK, "")
    return text.strip("\n").rstrip()


def _has_text(lines: list[str]) -> bool:
    return any(line.strip(" \t>" + HISTORY_MARK + ATTRIBUTION_MARK) for line in lines)


def _is_quote(line: str) -> bool:
    return line.lstrip(" ").startswith(">")


def _find_history(lines: list[str], *, forwarded: bool) -> tuple[int, bool]:
    """Return the first line of what's quoted at the end, and whether it's one of our emails."""
    last_quote = max((number for number, line in enumerate(lines) if _is_quote(line)), default=-1)
    for number, line in enumerate(lines):
        bare = line.lstrip("> \t")
        if _FORWARDED.match(bare):
            return len(lines), False
        if _DELIMITER.search(line):
            return (_with_attribution(lines, number), True) if _ends(lines, number) else _all(lines)
        if _is_quote(line):
            if not _ends(lines, number):
                return _all(lines)
            return _with_attribution(lines, number), _has_delimiter(lines[number:])
        if forwarded:
            continue
        if (
            line.startswith(HISTORY_MARK)
            or _ORIGINAL.match(bare)
            or _is_header_block(lines, number)
        ):
            start = number
            while start and set(lines[start - 1].strip()) <= set("_-"):
                start -= 1
            return start, _has_delimiter(lines[number:])
        length = _attribution_length(lines, number)
        # People write "On Monday, Dana wrote:", too, above something that isn't marked as a quote.
        is_marked = number < last_quote or line.startswith(ATTRIBUTION_MARK)
        if length and (is_marked or _is_email_like(lines[number : number + length])):
            if not _ends(lines, number + length):
                return _all(lines)
            return number, _has_delimiter(lines[number:])
    return _all(lines)


def _all(lines) -> tuple[int, bool]:
    return len(lines), False


def _has_delimiter(lines) -> bool:
    return any(_DELIMITER.search(line) for line in lines)


def _ends(lines: list[str], start: int) -> bool:
    """Return whether there's only a quote from this line on, so that no one replies inside it."""
    rest = lines[start:]
    if not any(_is_quote(line) for line in rest):
        # A program that doesn't mark quotes: one can't tell.
        return True
    last_quote = max(number for number, line in enumerate(rest) if _is_quote(line))
    first_quote = next(number for number, line in enumerate(rest) if _is_quote(line))
    between = rest[first_quote:last_quote]
    after = rest[last_quote + 1 :]
    kept = _signature_start(after)
    inside = [line for line in between if not _is_quote(line) and line.strip()]
    # A line that the mail program wrapped out of the quote is no reply.
    return not _has_text(after[:kept]) and len(inside) * 4 <= len(between) and not _talks(inside)


def _talks(lines: list[str]) -> bool:
    return sum(len(line) for line in lines) > 40 or any(line[:1].isspace() for line in lines)


def _with_attribution(lines: list[str], number: int) -> int:
    """Return where a quote begins with the line that introduces it."""
    end = number
    while end and not lines[end - 1].strip():
        end -= 1
    for length in range(1, _ATTRIBUTION_LINES + 1):
        start = end - length
        if start < 0:
            break
        if _attribution_length(lines[:end], start) == length:
            return start
    # In any other language: a date, an address and a colon, just above the quote.
    if end and _is_any_attribution(lines[end - 1]):
        return end - 1
    return number


def _is_any_attribution(line: str) -> bool:
    bare = line.strip(_INVISIBLE)
    return (
        len(bare) < 300
        and bare.endswith((":", "："))
        and "@" in bare
        and any(map(str.isdigit, bare))
    )


def _attribution_length(lines: list[str], number: int) -> int:
    """Return how many lines, from this one on, say "On … Dana wrote:"; 0 if none do."""
    first = lines[number].strip()
    if first.startswith(ATTRIBUTION_MARK):
        return 1
    if len(first) < 300 and _DATE_AND_ADDRESS.fullmatch(first.strip(_INVISIBLE)):
        return 1
    if not first or len(first) > 300 or not _ATTRIBUTION_START.match(first):
        # "Dana wrote:" alone, in a language that begins with the name.
        return 1 if first and len(first) < 300 and _is_short_attribution(first) else 0
    joined = ""
    for length in range(1, _ATTRIBUTION_LINES + 1):
        if number + length > len(lines):
            return 0
        joined = f"{joined} {lines[number + length - 1].strip()}"[-400:]
        if _WROTE.search(joined):
            return length
    return 0


def _is_email_like(lines: list[str]) -> bool:
    return any(_EMAIL_LIKE.search(line[:300]) for line in lines)


def _is_short_attribution(line: str) -> bool:
    return bool(_WROTE.search(line)) and ("@" in line or any(map(str.isdigit, line)))


def _is_header_block(lines: list[str], number: int) -> bool:
    """Return whether the lines are "From: … Sent: … To: … Subject: …", as Outlook writes them."""
    first = lines[number].strip()
    following = [line.strip() for line in lines[number + 1 : number + 9] if line.strip()][:5]
    if _SENT_LINE.match(first):
        if not following or not _FROM_LINE.match(following[0]):
            return False
    elif not _FROM_LINE.match(first):
        return False
    others = sum(bool(_OTHER_LINE.match(line)) for line in following)
    return others >= 2 and _is_email_like([first, *following])


def _below_quote(lines: list[str]) -> int | None:
    """Return where the text begins that was written below the only quote; None if there's none."""
    quotes = [number for number, line in enumerate(lines) if _is_quote(line)]
    if not quotes:
        return None
    first, last = quotes[0], quotes[-1]
    start = _with_attribution(lines, first)
    after = lines[last + 1 :]
    if _has_text(lines[:start]) or not _has_text(after[: _signature_start(after)]):
        return None
    inside = [line for line in lines[first:last] if not _is_quote(line) and line.strip()]
    return None if inside else last + 1


def _signature_start(lines: list[str]) -> int:
    """Return the first line of the signature; the number of lines if there's none."""
    first = max(len(lines) - _SIGNATURE_LINES, 0)
    for number in range(first, len(lines)):
        line = lines[number]
        if line.rstrip() in ("--", "—") and number + 1 < len(lines):
            return number
        if _DEVICE.match(line.strip()) and len(line) < 120 and not _has_text(lines[number + 2 :]):
            return number
    return len(lines)
