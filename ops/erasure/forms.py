"""The forms in which a text can hide in bytes: how it is spelled in each, and a stretch of bytes that hides it.

What is looked for is worked out here; what hides is made by the libraries that would write it. So a form that is
worked out wrong does not find what the positive control has hidden.
"""

import hashlib
import html
import json
import unicodedata
from base64 import b64encode, urlsafe_b64encode
from binascii import hexlify
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeVar
from urllib.parse import quote, quote_from_bytes, quote_plus

ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
NORMAL_FORMS: tuple[Literal["NFC", "NFD", "NFKC"], ...] = ("NFC", "NFD", "NFKC")
DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
STANDARD, URL_SAFE = DIGITS + b"+/", DIGITS + b"-_"
LEFT_OUT = (0, 2, 3)
"""How many digits of base64 depend on what comes before, too, by the bytes of that beyond a multiple of three."""

PLAIN, OTHER_CAPITALS, RAW = "plain", "in other capitals", "raw"
MOST_BYTES = 128
"""Of a longer spelling its first bytes are looked for; a text that was cut off behind them is found as well."""

T = TypeVar("T")
Spelling = Callable[[str], Iterable[bytes]]


@dataclass(frozen=True)
class Form:
    """One form. `spell` gives the byte strings of which one must occur; `hide` a stretch of bytes around a text.

    `exact`: the case of letters tells.
    """

    name: str
    spell: Spelling
    hide: Callable[[str], bytes]
    exact: bool = False


def encoded(text: str) -> bytes:
    """A text in UTF-8; halves of surrogate pairs, which JSON can carry, as they are."""
    return text.encode("utf-8", "surrogatepass")


def _both(spell: Callable[[str], bytes], text: str) -> Iterator[bytes]:
    """As the text is, and case-folded."""
    for each in _capitals(text):
        yield spell(each)


def _one(spell: Callable[[str], bytes], text: str) -> Iterator[bytes]:
    yield spell(text)


def _of_folded(work: Callable[[str], T], text: str) -> T:
    return work(text.casefold())


def _capitals(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((text, text.casefold())))


def _normalised(text: str) -> tuple[str, ...]:
    return (text, *(unicodedata.normalize(form, text) for form in NORMAL_FORMS))


def _plain(text: str) -> Iterator[bytes]:
    yield from map(encoded, _normalised(text))


def _other_case(text: str) -> Iterator[bytes]:
    for each in _normalised(text):
        yield from map(encoded, (each.casefold(), each.lower(), each.upper()))


def _utf_16(order: str, text: str) -> bytes:
    return text.encode(f"utf-16-{order}", "surrogatepass")


def _hide_utf_16(order: str, text: str) -> bytes:
    return f"said {text}, then".encode(f"utf-16-{order}")


def base64_core(content: bytes, skipped: int, alphabet: bytes = STANDARD) -> bytes:
    """The digits of base64 that depend on `content` alone, where it begins `skipped` bytes beyond a multiple of three.

    Of a long content those of its first `MOST_BYTES`.
    """
    content = content[:MOST_BYTES]
    bits, total = int.from_bytes(content), 8 * (skipped + len(content))
    return bytes(alphabet[bits >> (total - 6 * place - 6) & 63] for place in range(LEFT_OUT[skipped], total // 6))


def _base64(skipped: int, alphabet: bytes, text: str) -> Iterator[bytes]:
    for each in _capitals(text):
        yield base64_core(encoded(each), skipped, alphabet)


def _hide_base64(encode: Callable[[bytes], bytes], skipped: int, text: str) -> bytes:
    return encode(b"(" * skipped + text.encode() + b")!")


def _hex(text: str) -> bytes:
    return encoded(text).hex().encode()


def _hide_hex(text: str) -> bytes:
    return b"00" + hexlify(text.encode()) + b"00"


def _percent_all(text: str) -> bytes:
    return b"".join(b"%%%02x" % each for each in encoded(text))


def _hide_percent(text: str) -> bytes:
    return "".join(f"%{pair}" for pair in text.encode().hex(" ").upper().split()).encode()


def _percent_usual(text: str) -> Iterator[bytes]:
    for each in _capitals(text):
        for kept in ("", "/", "@", "@/:"):
            usual = quote_from_bytes(encoded(each), safe=kept)
            yield usual.encode()
            yield usual.replace("%20", "+").encode()


def _json_all(text: str) -> bytes:
    units = _utf_16("be", text)
    return b"".join(b"\\u%02x%02x" % (units[place], units[place + 1]) for place in range(0, len(units), 2))


def _hide_json_all(text: str) -> bytes:
    return "".join(f"\\u{ord(letter):04X}" for letter in text).encode()


def _json_usual(text: str) -> Iterator[bytes]:
    for each in _capitals(text):
        for ascii_only in (True, False):
            yield encoded(json.dumps(each, ensure_ascii=ascii_only)[1:-1])


def _html_usual(text: str) -> Iterator[bytes]:
    for each in _capitals(text):
        for quotes in (True, False):
            escaped = html.escape(each, quote=quotes)
            yield encoded(escaped)
            yield encoded(escaped.replace("&#x27;", "&#39;"))
            yield escaped.encode("ascii", "xmlcharrefreplace")


def _html_all(digits: str, text: str) -> bytes:
    return "".join(f"&#{digits}{format(ord(letter), 'x' if digits else 'd')};" for letter in text).encode()


def _hide_html_all(digits: str, text: str) -> bytes:
    return b"<p>" + b"".join(digits.encode() % ord(letter) for letter in text) + b"</p>"


def _digest(algorithm: str, text: str) -> bytes:
    return hashlib.new(algorithm, encoded(text), usedforsecurity=False).digest()


def _hide_digest(algorithm: str, text: str) -> bytes:
    digest: bytes = getattr(hashlib, algorithm)(text.encode()).digest()
    return digest


def _digest_in_base64(algorithm: str, text: str) -> Iterator[bytes]:
    digest = _digest(algorithm, text)
    for alphabet in (STANDARD, URL_SAFE):
        yield base64_core(digest, 0, alphabet)


def _texts() -> Iterator[Form]:
    yield Form(PLAIN, _plain, lambda text: f"said {text}, then".encode())
    yield Form(OTHER_CAPITALS, _other_case, lambda text: f"said {text.swapcase()}, then".encode())
    for order in ("le", "be"):
        spell, hide = partial(_both, partial(_utf_16, order)), partial(_hide_utf_16, order)
        yield Form(f"UTF-16 {order.upper()}", spell, hide)
    yield Form("hex, lower case", partial(_both, _hex), _hide_hex)
    yield Form("hex, upper case", partial(_both, _hex), lambda text: _hide_hex(text).upper())
    for encode, alphabet, name in ((b64encode, STANDARD, "base64"), (urlsafe_b64encode, URL_SAFE, "base64url")):
        for skipped in range(len(LEFT_OUT)):
            digits, cover = partial(_base64, skipped, alphabet), partial(_hide_base64, encode, skipped)
            yield Form(f"{name}, {skipped} bytes into a group", digits, cover, exact=True)


def _escapes() -> Iterator[Form]:
    yield Form("percent-encoding of all bytes", partial(_both, _percent_all), _hide_percent)
    yield Form("percent-encoding, usual", _percent_usual, lambda text: quote(f"/a b/{text}").encode())
    yield Form("percent-encoding of forms", _percent_usual, lambda text: quote_plus(f"a b {text}").encode())
    yield Form("JSON, all escaped", partial(_both, _json_all), _hide_json_all)
    yield Form("JSON, usual escapes", _json_usual, lambda text: json.dumps({"a": f"b {text}"}).encode())
    yield Form("JSON, few escapes", _json_usual, lambda text: json.dumps([text], ensure_ascii=False).encode())
    yield Form("HTML, usual escapes", _html_usual, lambda text: f"<p>{html.escape(text)}</p>".encode())
    yield Form("HTML, decimal", partial(_both, partial(_html_all, "")), partial(_hide_html_all, "&#%d;"))
    yield Form("HTML, hexadecimal", partial(_both, partial(_html_all, "x")), partial(_hide_html_all, "&#x%X;"))


def _hashes() -> Iterator[Form]:
    for algorithm in ALGORITHMS:
        digest, hide = partial(_digest, algorithm), partial(_hide_digest, algorithm)
        in_base64 = partial(_digest_in_base64, algorithm)
        for name, of in ((algorithm, partial), (f"{algorithm} of the case-folded text", partial(partial, _of_folded))):
            yield Form(f"{name}, {RAW}", partial(_one, of(digest)), of(hide), exact=True)
            yield Form(f"{name}, hex", partial(_one, partial(_in_hex, of(digest))), partial(_in_hex, of(hide)))
            yield Form(f"{name}, base64", of(in_base64), partial(_in_base64, of(hide)), exact=True)


def _in_hex(digest: Callable[[str], bytes], text: str) -> bytes:
    return digest(text).hex().encode()


def _in_base64(digest: Callable[[str], bytes], text: str) -> bytes:
    return b64encode(digest(text))


FORMS: tuple[Form, ...] = (*_texts(), *_escapes(), *_hashes())
"""Every form that is looked for."""
