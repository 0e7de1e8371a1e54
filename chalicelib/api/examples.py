"""Answers to show in the description of the API."""

from typing import Any

IMAGES = "https://accounts.example.com/static/images/profiles"
SHARED_ACCOUNT: dict[str, Any] = {
    "username": "ada",
    "date_joined": "2026-11-24T10:00:00Z",
    "account_privacy": "all_users",
    "profile_image": {
        "has_image": False,
        "image_url_full": f"{IMAGES}/default_500.png",
        "image_url_large": f"{IMAGES}/default_120.png",
        "image_url_medium": f"{IMAGES}/default_50.png",
        "image_url_small": f"{IMAGES}/default_30.png",
    },
    "bio": "I count on engines.",
    "country": "GB",
    "level_of_education": None,
    "language_proficiencies": [{"code": "en"}],
    "social_links": [{"platform": "linkedin", "social_link": "https://www.linkedin.com/in/ada"}],
    "course_certificates": None,
    "time_zone": None,
}
FULL_ACCOUNT: dict[str, Any] = {
    **SHARED_ACCOUNT,
    "id": 42,
    "email": "ada@example.com",
    "name": "Ada Lovelace",
    "is_active": True,
    "last_login": "2026-11-24T10:30:00.000000Z",
    "requires_parental_consent": False,
    "gender": "f",
    "state": None,
    "goals": None,
    "mailing_address": None,
    "phone_number": "+441234567890",
    "year_of_birth": 1990,
    "extended_profile": [],
    "pending_name_change": None,
    "secondary_email": None,
    "secondary_email_enabled": True,
    "language": "en",
    "verified_name": None,
}
FIELD_ERRORS: dict[str, Any] = {
    "field_errors": {
        "gender": {
            "developer_message": "The field gender does not hold one of its codes.",
            "user_message": "Choose one of the values offered.",
        }
    }
}
REGISTRATION_ERRORS: dict[str, Any] = {
    "error_code": "duplicate-username",
    "username": [{"user_message": "An account with this username exists already."}],
}
PREFERENCES = {"account_privacy": "custom", "visibility.bio": "all_users", "pref-lang": "en"}
FOUND = [{"email": "ada@example.com", "id": 42, "username": "ada"}]
DECISIONS: dict[str, Any] = {
    "validation_decisions": {"username": "It looks like this username is already taken.", "name": ""},
    "username_suggestions": ["ada_17", "ada_52", "ada_91"],
}
TIME_ZONES = [{"time_zone": "Asia/Tokyo", "description": "Asia/Tokyo (JST, UTC+0900)"}]
