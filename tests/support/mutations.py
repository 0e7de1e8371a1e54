"""Damage of stored items."""


def mutated(item, name, kind, index, by):
    """The item with one byte changed; digits stay digits, so that numbers stay numbers and text stays text."""
    content = item[name][kind]
    if kind == "B":
        changed = content[:index] + bytes([(content[index] + 1 + by) % 256]) + content[index + 1 :]
    else:
        letters = "0123456789" if content[index].isdecimal() else "abcdefghijklmnop"
        others = [letter for letter in letters if letter != content[index]]
        changed = content[:index] + others[by % len(others)] + content[index + 1 :]
    if kind == "N" and str(int(changed)) != changed:
        changed = str(int(content) + 1)
    return {**item, name: {kind: changed}}
