"""A PNG cut down to what its pixels need (spec 30, sections 4 and 5).

An animation's first frame is what stands in IDAT, so the chunks of the others are dropped with the texts.
"""

import struct
import zlib
from collections.abc import Iterator
from itertools import takewhile

from chalicelib.images.checks import check_pixels
from chalicelib.images.picture import Limits
from chalicelib.images.still import Still, incomplete, not_decodable

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEPT = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
GREY, RGB = 0, 2
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples a pixel, by type of colour."""

DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
"""Bits a sample that each type of colour may have."""

PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column, first row, step of columns, step of rows of each pass of an interlaced picture."""

MOST_PROFILE_BYTES = 1 << 22
INFLATED_AT_ONCE = 1 << 18

Chunk = tuple[bytes, bytes, bytes]
"""Its type, its data, and all of it as it stands in the file."""


def read_png(content: bytes, limits: Limits) -> Still:
    """The picture of a PNG. Raises `PictureRefusedError`."""
    chunks = list(_chunks(content))
    width, height, raw_size = _header(chunks, limits)
    depth, colour = chunks[0][1][8:10]
    kept = [_fitting(chunk, depth, colour) for chunk in _kept(chunks)]
    if _inflated([data for kind, data, _ in kept if kind == b"IDAT"], raw_size) < raw_size:
        raise incomplete()
    return Still(
        content=SIGNATURE + b"".join(whole for _, _, whole in kept),
        width=width,
        height=height,
        painted=(0, 0, width, height),
        exif=next((data for kind, data, _ in chunks if kind == b"eXIf"), b""),
        icc_profile=next((_profile(data) for kind, data, _ in chunks if kind == b"iCCP"), b""),
    )


def _chunks(content: bytes) -> Iterator[Chunk]:
    """The chunks, as far as they go; of a last one that is cut off, what is there of it."""
    position = len(SIGNATURE)
    while position + 8 <= len(content):
        length = int.from_bytes(content[position : position + 4])
        end = position + 12 + length
        kind = content[position + 4 : position + 8]
        yield kind, content[position + 8 : position + 8 + length], content[position:end]
        if kind == b"IEND":
            return
        position = end


def _kept(chunks: list[Chunk]) -> list[Chunk]:
    """What the pixels need; of several headers the first."""
    return [chunk for number, chunk in enumerate(chunks) if chunk[0] in KEPT and (chunk[0] != b"IHDR" or not number)]


def _fitting(chunk: Chunk, depth: int, colour: int) -> Chunk:
    """A transparent colour in the terms of decoded pixels, where Pillow would take it as it stands in the file."""
    kind, data, _ = chunk
    if kind != b"tRNS" or not ((colour == GREY and depth in (2, 4)) or (colour == RGB and depth == 16)):
        return chunk
    values = [int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2)]
    fitting = [value >> 8 if depth == 16 else value * 255 // ((1 << depth) - 1) & 255 for value in values]
    data = b"".join(value.to_bytes(2) for value in fitting)
    return kind, data, len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)


def _header(chunks: list[Chunk], limits: Limits) -> tuple[int, int, int]:
    """Width, height, and how many bytes the pixels have before they are compressed."""
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13:
        raise not_decodable()
    width, height, depth, colour, compression, filtering, interlace = struct.unpack(">IIBBBBB", chunks[0][1])
    if not width or not height or depth not in DEPTHS.get(colour, ()) or compression or filtering or interlace > 1:
        raise not_decodable()
    check_pixels(width, height, limits)
    bits = depth * SAMPLES[colour]
    return width, height, _interlaced_size(width, height, bits) if interlace else _raw_size(width, height, bits)


def _raw_size(width: int, height: int, bits: int) -> int:
    """The bytes of so many rows; each starts with a byte that names its filter."""
    return height * (1 + (width * bits + 7) // 8) if width else 0


def _interlaced_size(width: int, height: int, bits: int) -> int:
    return sum(
        _raw_size(-(-max(0, width - left) // across), -(-max(0, height - top) // down), bits)
        for left, top, across, down in PASSES
    )


def _inflated(parts: list[bytes], enough: int) -> int:
    """How many bytes the data inflate to; it is not asked further than `enough`, and nothing is kept."""
    inflater = zlib.decompressobj()
    total = 0
    try:
        for part in parts:
            waiting = part
            while total < enough and waiting:
                total += len(inflater.decompress(waiting, INFLATED_AT_ONCE))
                waiting = inflater.unconsumed_tail
        while total < enough and (rest := inflater.decompress(b"", INFLATED_AT_ONCE)):
            total += len(rest)
    except zlib.error:
        raise incomplete() from None
    return total


def _profile(data: bytes) -> bytes:
    """The colour profile in an iCCP chunk; nothing if it cannot be read or is of no sensible size."""
    name = bytes(takewhile(bool, data[:80]))
    inflater = zlib.decompressobj()
    try:
        profile = inflater.decompress(data[len(name) + 2 :], MOST_PROFILE_BYTES)
    except zlib.error:
        return b""
    return profile if inflater.eof else b""
