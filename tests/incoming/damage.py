"""Damages emails as transports, broken programs and attackers do."""

import random

#: What means something to a parser, in places where it doesn't belong.
_BITS = [
    *(b"\r\n", b"\n\n", b"\r", b"\0", b'"', b"<", b">", b";", b"=?", b"?=", b"(", b"@", b"--=_x"),
    *(b"\xff", b"\xff\xfe", b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80\xae"),
    *(b"Content-Type: ", b"Content-Type: ;;\r\n", b"Content-Type: message/rfc822\r\n\r\n"),
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n",
    b"Content-Type: multipart/alternative; boundary*=''x\r\n\r\n--x\r\n",
    *(b"Content-Type: message/delivery-status\r\n\r\n", b"Content-Transfer-Encoding: base64\r\n"),
    *(b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 666 x\n", b"filename*1*=x"),
    *(b"name*0*=utf-8''%", b"filename*99999999999999999999=x", b"charset*=x''y", b"From: "),
    *(b"Subject: =?", b"Message-ID: <\xff\0>\r\n", b"=?utf-8?b?", b"Content-ID: <\xff>\r\n"),
    *(b"<a href='cid:", b"<![CDATA[", b"<!x[", b"&#xd800;", b"&#0;", b"&#99999999999999999999;"),
]
_CHARSETS = [
    *(b"utf-16", b"utf-32", b"utf-7", b"iso-2022-kr", b"hz-gb-2312", b"idna", b"punycode", b"hex"),
    *(b"base64", b"rot13", b"zlib", b"undefined", b"unknown-8bit", b"\xff", b'"', b"a'b'c", b"\0"),
    b"x" * 300,
]


def damaged(raw: bytes, others: list[bytes], dice: random.Random) -> bytes:
    """Return an email that was cut, repeated, mixed with others, or has wrong bytes."""
    changed = bytearray(raw[:20_000])
    for _change in range(dice.randrange(1, 9)):
        place, length = dice.randrange(len(changed) or 1), dice.randrange(60)
        match dice.randrange(8):
            case 0:
                del changed[place : place + length]
            case 1:
                changed[place:place] = dice.randbytes(length)
            case 2 | 3:
                changed[place:place] = dice.choice(_BITS)
            case 4:
                # Its headers twice.
                changed[place:place] = changed[: length * 10]
            case 5:
                start = changed.find(b"charset=") + len(b"charset=")
                changed[start:start] = dice.choice(_CHARSETS) + b";"
            case 6:
                other = dice.choice(others)
                start = dice.randrange(len(other))
                changed[place:place] = other[start : start + 2000]
            case 7:
                del changed[place:]
    return bytes(changed)
