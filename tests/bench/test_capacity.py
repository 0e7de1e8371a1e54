"""Capacity units: the arithmetic of sizes, reads, writes and the sparse index."""

import pytest

from bench.capacity import Item, index_units, item_bytes, number_bytes, read_units, stored_bytes, write_units


def sized(size: int, **more: str) -> Item:
    """An item of so many bytes, `more` apart: a name of one byte, and text."""
    return {"p": {"S": "x" * (size - 1)}, **{name: {"S": value} for name, value in more.items()}}


@pytest.mark.parametrize(
    ("number", "size"), [("0", 2), ("7", 2), ("-7", 3), ("42", 2), ("100", 2), ("12345", 4), ("0.25", 2)]
)
def test_a_number_takes_a_byte_for_two_digits_and_one_more(number: str, size: int) -> None:
    """
    Zeros at the end are not digits, and a sign is a byte.
    """
    assert size == number_bytes(number)


def test_an_item_is_its_names_and_values() -> None:
    """
    Text counts in UTF-8, binary decoded, whether it is still in base64 or not; a list has three bytes of its own.
    """
    assert 2 + len("Zoë".encode()) == item_bytes({"pk": {"S": "Zoë"}})
    assert 1 + 3 == item_bytes({"d": {"B": "AAAA"}}) == item_bytes({"d": {"B": b"\0\0\0"}})
    assert 1 + 3 + 1 + 2 == item_bytes({"l": {"L": [{"S": "ab"}]}})
    assert 1 + 3 + 1 + 1 + 2 == item_bytes({"m": {"M": {"k": {"S": "ab"}}}})
    assert 1 + 1 == item_bytes({"b": {"BOOL": True}})


def test_a_type_that_no_table_has_is_refused() -> None:
    """
    A set is a `ValueError`, not nothing.
    """
    with pytest.raises(ValueError, match="SS"):
        item_bytes({"s": {"SS": ["a"]}})


@pytest.mark.parametrize(("size", "units"), [(0, 1), (1, 1), (4096, 1), (4097, 2), (40_960, 10)])
def test_reads_go_by_four_kilobytes(size: int, units: int) -> None:
    """
    Nothing found takes a unit too, and who does not ask for consistency takes half.
    """
    assert units == read_units(size, consistent=True)
    assert units / 2 == read_units(size, consistent=False)


@pytest.mark.parametrize(("before", "after", "units"), [(0, 1024, 1), (0, 1025, 2), (5000, 10, 5), (3000, 0, 3)])
def test_writes_go_by_the_larger_of_before_and_after(before: int, after: int, units: int) -> None:
    """
    An item that shrinks, or goes, takes what it had.
    """
    assert units == write_units(sized(before) if before else None, sized(after) if after else None)


def test_a_write_of_nothing_takes_a_unit() -> None:
    """
    Deleting what is not there is not free.
    """
    assert 1 == write_units(None, None)


def test_the_index_takes_units_only_of_rows_that_are_in_it() -> None:
    """
    Coming, staying and going take one write of the entry; moving takes two; a row without a place takes none.
    """
    bare, here, there = sized(100), sized(100, index="a", place="1"), sized(100, index="b", place="1")

    assert 0 == index_units(None, bare) == index_units(bare, None)
    assert 1 == index_units(None, here) == index_units(here, None) == index_units(here, here)
    assert 2 == index_units(here, there)
    assert 1 == index_units(here, bare)


def test_a_stored_item_takes_a_hundred_bytes_more_and_its_entry_again() -> None:
    """
    What is billed as storage is not the item alone.
    """
    indexed = sized(100, index="a", place="1")

    assert 200 == stored_bytes(sized(100))
    assert 2 * (item_bytes(indexed) + 100) == stored_bytes(indexed)
