"""Invented people: the same number is always the same person, and no two share a username or an address."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from chalicelib.events.profile import Profile

DOMAINS = ("example.com", "example.net", "example.org")
_GIVEN = """
Ada Amina Anouk Bogdan Carlos Chidi Dana Elif Emeka Farah Giulia Hana Henrik Ibrahim Ines Jakub Jin Jorge Kaito
Katja Lakshmi Leila Linh Lucía Maja Mateusz Mei Milan Nadia Noor Oksana Olu Paulo Priya Rania Rosa Salma Sanna
Siobhán Søren Tariq Tomás Uma Viktor Wanjiru Xin Yara Yusuf Zoë
"""
_FAMILY = """
Abara Almeida Andersen Bakker Bauer Chen Costa Dąbrowski Demir Diallo Fernández Fischer García Haddad Hansen
Ivanova Jensen Joshi Kaya Kim Kowalski Lindqvist López Mäkinen Mbeki Moreau Müller Nakamura Nguyen Novák O'Brien
Okafor Olsen Patel Petrov Popescu Rossi Sato Schmidt Silva Singh Tanaka Tkachenko Virtanen Wang Weber Yılmaz Zhang
"""
GIVEN = tuple(_GIVEN.split())
FAMILY = tuple(_FAMILY.split())
HOMES = (
    ("SE", "Uppsala", "sv"),
    ("DE", "Leipzig", "de"),
    ("PL", "Kraków", "pl"),
    ("ES", "Sevilla", "es"),
    ("PT", "Porto", "pt"),
    ("NG", "Ibadan", "en"),
    ("KE", "Nakuru", "sw"),
    ("IN", "Pune", "hi"),
    ("JP", "Sendai", "ja"),
    ("VN", "Đà Nẵng", "vi"),
    ("TR", "İzmir", "tr"),
    ("BR", "Recife", "pt"),
    ("UA", "Lviv", "uk"),
    ("FR", "Nantes", "fr"),
)
SUBJECTS = ("statistics", "organic chemistry", "music theory", "databases", "nursing", "linear algebra", "ceramics")
PLACES = ("a small library", "the harbour hospital", "an evening school", "a garden centre", "the tram depot")
PASTIMES = ("choir practice", "long bicycle rides", "repairing radios", "chess by post", "growing tomatoes")
WISHES = ("change my profession", "finish the degree I began", "help my daughter with her homework", "read papers")
LEVELS = ("p", "m", "b", "a", "hs", "jhs", "none")
PRIVACY = ("all_users", "private")


@dataclass(frozen=True)
class Person:
    """One invented person: `profile` holds every field that a profile can have."""

    number: int
    username: str
    email: str
    profile: Profile


def person(number: int) -> Person:
    """The person of this number."""
    chance = Random(number)
    given, family = chance.choice(GIVEN), chance.choice(FAMILY)
    country, city, language = chance.choice(HOMES)
    username = f"{ascii_letters(given)}_{ascii_letters(family)}_{number}".lower()
    profile = Profile(
        name=f"{given} {family}",
        gender=chance.choice(("f", "m", "o")),
        year_of_birth=chance.randint(1950, 2004),
        level_of_education=chance.choice(LEVELS),
        country=country,
        city=city,
        goals=f"I want to {chance.choice(WISHES)}.",
        mailing_address=f"{chance.randint(1, 180)} {chance.choice(FAMILY)} Street, {city}",
        bio=biography(chance),
        phone_number=str(chance.randint(10**9, 10**10)),
        language_proficiencies=tuple(sorted({"en", language})),
        social_links={"linkedin": f"https://www.linkedin.com/in/{username}", "x": f"https://www.x.com/{username}"},
        extended_profile={"conlangs_spoken": chance.choice(("Esperanto", "Interlingua", "none"))},
    )
    return Person(number, username, f"{username}@{chance.choice(DOMAINS)}", profile)


def ascii_letters(name: str) -> str:
    """What a username may hold of `name`."""
    return "".join(letter for letter in name if letter.isascii() and letter.isalpha())


def biography(chance: Random) -> str:
    """A few sentences, at most 300 characters."""
    return (
        f"I work at {chance.choice(PLACES)} and study {chance.choice(SUBJECTS)} in the evenings, since "
        f"{chance.randint(2009, 2025)}. After {chance.choice(PASTIMES)} there is little time left, "
        f"so I do {chance.randint(2, 9)} units a week."
    )


def patches(number: int) -> Iterator[dict[str, Any]]:
    """Changes that the person of this number makes to their profile, one after the other, without end.

    Each changes something that the one before it did not leave like that.
    """
    chance, turn = Random(number), 0
    while True:
        turn += 1
        country, city, language = HOMES[turn % len(HOMES)]
        yield {"bio": f"{biography(chance)} ({turn})"}
        yield {"country": country, "city": city}
        yield {"language_proficiencies": [{"code": code} for code in sorted({"en", "eo", language})]}
        yield {"social_links": [{"platform": "x", "social_link": f"https://www.x.com/person_{number}_{turn}"}]}
        yield {"goals": f"I want to {chance.choice(WISHES)} by {2026 + turn}.", "phone_number": str(10**9 + turn)}
        yield {"account_privacy": PRIVACY[turn % len(PRIVACY)]}
