"""Somebody whose every field is marked, and everything that was told about them."""

import json
from datetime import timedelta

from chalicelib.accounts.access import Hashed, ResetLink, reset_password, set_password
from chalicelib.accounts.addresses import abandon
from chalicelib.api.services import context
from chalicelib.events.event import Actor, Role
from chalicelib.events.items import fingerprint
from tests.pipeline.world import ACCOUNTS
from tests.support.api import PASSWORD
from tests.support.failing_mail import LINK

ADMIN = "/api/user/v1/admin"
PROFILE_FIELDS = {
    "bio": "qzxmarkbio",
    "goals": "qzxmarkgoals",
    "mailing_address": "qzxmarkmailing",
    "city": "qzxmarkcity",
    "extended_profile": [{"field_name": "favorite_beatle", "field_value": "qzxmarkbeatle"}],
    "social_links": [{"platform": "linkedin", "social_link": "https://www.linkedin.com/in/qzxmarklink"}],
}


class Person:
    """Somebody whose every field is marked, and everything that was told about them."""

    def __init__(self, world):
        self.world = world
        self.username, self.email, self.name = "Qzxmarkuser", "qzxmarkmail@example.com", "Qzxmarkname"
        self._register()
        self._describe()
        self._change_addresses()
        self._change_names()
        self._deal_with_support()
        self._leave_and_come_back()

    def _ok(self, answer, *statuses):
        assert answer.status in (statuses or (200, 201, 204)), answer.text
        return answer

    def _register(self):
        login = {"provider": "qzxmarkprovider", "uid": "qzxmarkuid", "extra_data": {"a": "qzxmarkextra"}}
        export = {
            "account": {
                "username": self.username,
                "email": self.email,
                "name": self.name,
                "is_active": True,
                "date_joined": "2026-01-01T00:00:00Z",
                "pending_name_change": "Qzxmarkname Zero",
                "secondary_email": "qzxmarkrec0@example.com",
                "year_of_birth": 1990,
                "bio": "qzxmarkoldbio",
            },
            "preferences": {"qzxmarkkey": "qzxmarkvalue"},
            "orgs": ["qzxmarkorg", "mb_coaching"],
            "social_logins": [login],
        }
        self.creation = (f"{ADMIN}/import", export, {"Idempotency-Key": "qzxmarkcreation"})
        path, form, headers = self.creation
        self._ok(self.world.api.post_json(path, form, as_="superuser", headers=headers))
        self.account = self.world.id_of(self.username)
        self.number = self.world.state(self.account).number
        self._set_password()

    def _set_password(self):
        hashed = self._hashed()
        self._decide(lambda account, system: set_password(account, hashed, system))

    def _patch(self, fields, **how):
        return self._ok(self.world.api.patch(self.username, fields, **how))

    def _describe(self):
        self._patch(PROFILE_FIELDS, headers={"Idempotency-Key": "qzxmarkpatch"})
        preferences = f"/api/user/v1/preferences/{self.username}"
        for value in ("qzxmarkfirst", "qzxmarksecond"):
            body = json.dumps({"qzxmarkother": value}).encode()
            how = {"headers": {"Content-Type": "application/merge-patch+json"}, "body": body, "as_": self.username}
            self._ok(self.world.api.request("PATCH", preferences, **how))

    def _confirm(self, address):
        text = self.world.mailbox.to(address)[-1].text
        self._ok(self.world.api.get(LINK.findall(text)[0]))

    def _decide(self, decision):
        """What no request does at once, done by the command behind it."""
        system = context(self.world.wiring, Actor(role=Role.SYSTEM), "r")
        self.world.ledger.execute(self.account, lambda account: decision(account, system))

    def _change_addresses(self):
        self._change("secondary_email", "qzxmarkrec@example.com", "qzxmarkrec2@example.com", "qzxmarkrec3@example.com")
        self._reset(to_recovery=False)
        self._reset(to_recovery=True)
        self._change("secondary_email", "qzxmarkrec4@example.com", "qzxmarkrec5@example.com")
        self._change("email", "qzxmarkmail2@example.com", "qzxmarkmail3@example.com")
        later = self.world.clock() + timedelta(days=1)
        self._decide(lambda account, system: abandon(account, later, system))
        self._change("secondary_email", "qzxmarkrec5@example.com")
        self._change("email", "qzxmarkmail3@example.com")
        self.email = "qzxmarkmail2@example.com"

    def _change(self, field, *addresses):
        """All but the last one are confirmed."""
        for address in addresses:
            self._patch({field: address})
            if address != addresses[-1]:
                self._confirm(address)

    def _reset(self, *, to_recovery):
        """What an open reset link does."""
        account = self.world.state(self.account)
        expires = self.world.clock() + timedelta(hours=1)
        link = ResetLink(self.account, account.way_in, to_recovery=to_recovery, expires=expires)
        self._decide(lambda account, system: reset_password(account, link, self._hashed(), None, system))
        self.world.api._tokens.pop(self.username, None)

    def _hashed(self):
        hashed = self.world.wiring.passwords.hash(PASSWORD)
        return Hashed(hashed, fingerprint(hashed))

    def _deal_with_support(self):
        post = self.world.api.post_json
        for what in ("disable", "enable"):
            path = f"{ADMIN}/accounts/{self.username}/{what}"
            self._ok(post(path, {"comment": f"qzxmark{what}"}, as_="staff"))
        path = f"{ADMIN}/accounts/{self.username}"
        for orgs in (["qzxmarkorg2"], ["qzxmarkorg", "mb_coaching"]):
            body = json.dumps({"orgs": orgs}).encode()
            headers = {"Content-Type": "application/merge-patch+json"}
            self._ok(self.world.api.request("PATCH", path, headers=headers, body=body, as_="superuser"))
        self.world.api._tokens.pop(self.username, None)

    def _change_names(self):
        path = f"{ACCOUNTS}/name_change/{self.username}/confirm"
        post = self.world.api.post_json
        for name in ("Qzxmarkname Two", "Qzxmarkname Three"):
            self._ok(post("/api/user/v1/accounts/name_change", {"name": name}, as_=self.username))
        self._ok(post(path, {}, as_="staff"))
        self._ok(post("/api/user/v1/accounts/name_change", {"name": "Qzxmarkname Four"}, as_=self.username))
        refusal = f"{ADMIN}/name_changes/{self.username}/refuse"
        self._ok(post(refusal, {"comment": "qzxmarkrefused"}, as_="staff"))
        self._ok(post("/api/user/v1/accounts/name_change", {"name": "Qzxmarkname Four"}, as_=self.username))

    def _leave_and_come_back(self):
        self.token = self.world.api.token(self.username)
        self.leave()
        self.come_back()
        self.leave()

    def leave(self):
        """Ask for one's own retirement."""
        self._ok(self.world.leave(self.username))

    def come_back(self):
        """Cancel it, and have a password again."""
        number = self.world.state(self.account).row.number
        self._ok(self.world.api.post_json(f"{ACCOUNTS}/cancel_retirement", {"retirement_id": number}, as_="superuser"))
        self._set_password()
        self.world.api._tokens.pop(self.username, None)

    def report(self):
        """A driver's steps up to `retire`, with a text of its own and another username on the way."""
        world = self.world
        self._ok(
            world.move(self.username, "LOCKING_ACCOUNT", "qzxmarkresponse", headers={"Idempotency-Key": "qzxmark"})
        )
        self._ok(world.report(self.username))
        mapping = {"username_mappings": [{self.username: "qzxmarkrenamed"}]}
        worker = "username_replacement_service_worker"
        self._ok(world.api.post_json(f"{ACCOUNTS}/replace_usernames", mapping, as_=worker))
        self.username = "qzxmarkrenamed"
        world.catch_up()
