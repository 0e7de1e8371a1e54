"""An export as another system writes it, of invented people: `python -m bench.exports COUNT > people.jsonl`.

A row of Open edX's `auth_user` and `auth_userprofile` on each line, as `rollcall import` reads it. The same number is
always the same person; names are of many scripts, usernames of the letters that Open edX allows.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from bench.people import DOMAINS, FAMILY, GIVEN, LEVELS, PASTIMES, PRIVACY, WISHES, ascii_letters, biography

BEGAN = datetime(2013, 3, 1, tzinfo=UTC)
DAYS = 4_500
ORGS = ("HarbourX", "LibraryX", "NightSchoolX")
ZONES = ("Europe/Berlin", "Asia/Tokyo", "Africa/Lagos", "America/Sao_Paulo", "Asia/Kolkata")


class Naming(NamedTuple):
    """Given and family names of one script, each with what a username makes of it; the country and the language."""

    country: str
    language: str
    given: tuple[tuple[str, str], ...]
    family: tuple[tuple[str, str], ...]
    family_first: bool = False


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((native, plain) for native, plain in (word.split("=") for word in text.split()))


NAMINGS = (
    Naming("UA", "uk", _pairs("Оксана=oksana Тарас=taras Леся=lesia"), _pairs("Ткаченко=tkachenko Шевчук=shevchuk")),
    Naming("BG", "bg", _pairs("Милена=milena Боян=boyan Райна=rayna"), _pairs("Петров=petrov Иванова=ivanova")),
    Naming("GR", "el", _pairs("Ελένη=eleni Νίκος=nikos Δάφνη=dafni"), _pairs("Παππάς=pappas Γεωργίου=georgiou")),
    Naming("EG", "ar", _pairs("أمينة=amina طارق=tariq ليلى=layla"), _pairs("حداد=haddad منصور=mansour")),
    Naming("IL", "he", _pairs("נועה=noa יואב=yoav תמר=tamar"), _pairs("לוי=levi מזרחי=mizrahi")),
    Naming("IN", "hi", _pairs("प्रिया=priya अर्जुन=arjun मीरा=mira"), _pairs("शर्मा=sharma पटेल=patel")),
    Naming("TH", "th", _pairs("มาลี=mali สมชาย=somchai"), _pairs("ศรีสุข=srisuk ทองดี=thongdi")),
    Naming("GE", "ka", _pairs("ნინო=nino გიორგი=giorgi"), _pairs("ბერიძე=beridze კაპანაძე=kapanadze")),
    Naming("AM", "hy", _pairs("Անի=ani Արամ=aram"), _pairs("Պետրոսյան=petrosyan Սարգսյան=sargsyan")),
    Naming("ET", "am", _pairs("ሰላም=selam ዳዊት=dawit"), _pairs("በቀለ=bekele ተስፋዬ=tesfaye")),
    Naming("CN", "zh", _pairs("梅=mei 建国=jianguo 秀英=xiuying"), _pairs("王=wang 陈=chen"), family_first=True),
    Naming(
        "JP",
        "ja",
        _pairs("さくら=sakura 健太=kenta 美咲=misaki"),
        _pairs("田中=tanaka 中村=nakamura"),
        family_first=True,
    ),
    Naming("KR", "ko", _pairs("지우=jiwoo 민준=minjun"), _pairs("김=kim 박=park"), family_first=True),
)


def row(number: int) -> dict[str, Any]:
    """The row of the person of this number."""
    chance = Random(number)
    name, stem, country, language = _named(chance)
    username = f"{stem[:20]}_{number}"
    joined = BEGAN + timedelta(days=chance.randrange(DAYS), seconds=chance.randrange(86_400))
    return {
        "id": number + 1,
        "username": username,
        "email": f"{username}@{chance.choice(DOMAINS)}",
        "first_name": "",
        "last_name": "",
        "password": f"pbkdf2_sha256$720000${chance.getrandbits(64):016x}${chance.getrandbits(256):064x}",
        "is_active": int(chance.random() < 0.9),
        "is_staff": 0,
        "is_superuser": 0,
        "date_joined": joined.strftime("%Y-%m-%d %H:%M:%S.%f"),
        "last_login": None,
        "profile": {"name": name, "country": country, **_profile(chance)},
        "language_proficiencies": [{"code": code} for code in sorted({"en", language})],
        "social_links": [{"platform": "x", "social_link": f"https://www.x.com/{username}"}],
        "preferences": {
            "account_privacy": chance.choice(PRIVACY),
            "pref-lang": language,
            "time_zone": chance.choice(ZONES),
        },
        "orgs": sorted(chance.sample(ORGS, chance.randrange(3))),
    }


def _named(chance: Random) -> tuple[str, str, str, str]:
    """A full name, the stem of a username, a country and a language; every third name is in Latin letters."""
    if chance.random() < 1 / 3:
        given, family = chance.choice(GIVEN), chance.choice(FAMILY)
        return f"{given} {family}", ascii_letters(given + family).lower(), "SE", "sv"
    naming = chance.choice(NAMINGS)
    (given, plain), (family, family_plain) = chance.choice(naming.given), chance.choice(naming.family)
    name = f"{family}{given}" if naming.family_first else f"{given} {family}"
    return name, f"{plain}-{family_plain}", naming.country, naming.language


def _profile(chance: Random) -> dict[str, Any]:
    """The other columns of the profile; one in four people has left most of them empty, as Open edX stores that."""
    empty = chance.random() < 1 / 4
    return {
        "gender": "" if empty else chance.choice(("f", "m", "o")),
        "year_of_birth": None if empty else chance.randint(1950, 2004),
        "level_of_education": "" if empty else chance.choice(LEVELS),
        "mailing_address": "" if empty else f"{chance.randint(1, 180)} {chance.choice(FAMILY)} Street",
        "city": "" if empty else chance.choice(("Uppsala", "Lviv", "Sendai", "Nakuru")),
        "state": None,
        "goals": "" if empty else f"I want to {chance.choice(WISHES)}.",
        "bio": None if empty else biography(chance),
        "phone_number": None if empty else str(chance.randint(10**9, 10**10)),
        "meta": json.dumps({"favorite_beatle": chance.choice(PASTIMES)}) if chance.random() < 1 / 2 else "",
        "language": "",
        "location": "",
        "courseware": "course.xml",
        "allow_certificate": 1,
        "profile_image_uploaded_at": None,
    }


def lines(count: int, first: int = 0) -> Iterator[str]:
    """The rows of `count` people, from the number `first` on."""
    for number in range(first, first + count):
        yield json.dumps(row(number), ensure_ascii=False)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # a text stream
    sys.stdout.writelines(f"{line}\n" for line in lines(int(sys.argv[1])))
