"""Every event type by its name in the store."""

from collections.abc import Mapping

from chalicelib.events.access import AccountDeactivated, LoggedIn, PasswordReset, PasswordSet, TokensRevoked
from chalicelib.events.addresses import (
    EmailChangeConfirmed,
    EmailChangeRequested,
    SecondaryEmailConfirmed,
    SecondaryEmailRequested,
)
from chalicelib.events.event import Event
from chalicelib.events.images import ProfileImageRefused, ProfileImageRemoved, ProfileImageSet
from chalicelib.events.names import NameChangeConfirmed, NameChangeRequested, UsernameReplaced
from chalicelib.events.preferences import PreferencesUpdated
from chalicelib.events.profile import ProfileUpdated
from chalicelib.events.registration import (
    AccountActivated,
    AccountProvisioned,
    AccountRegistered,
    ActivationRequested,
)
from chalicelib.events.retirement import (
    MiscellaneousDataErased,
    PartnerReportHandedOut,
    PartnerReportRedacted,
    PartnerReportRemoved,
    PartnerReportRequested,
    PendingAddressRedacted,
    ProfileErased,
    RetirementCancelled,
    RetirementCleanedUp,
    RetirementRedacted,
    RetirementRequested,
    RetirementStateChanged,
    SocialLoginsDeleted,
    SocialLoginsRedacted,
)

EVENT_TYPES: Mapping[str, type[Event]] = {
    event.__name__: event
    for event in (
        AccountRegistered,
        AccountProvisioned,
        AccountActivated,
        ActivationRequested,
        ProfileUpdated,
        PreferencesUpdated,
        NameChangeRequested,
        NameChangeConfirmed,
        EmailChangeRequested,
        EmailChangeConfirmed,
        SecondaryEmailRequested,
        SecondaryEmailConfirmed,
        LoggedIn,
        TokensRevoked,
        PasswordSet,
        PasswordReset,
        AccountDeactivated,
        UsernameReplaced,
        ProfileImageSet,
        ProfileImageRemoved,
        ProfileImageRefused,
        SocialLoginsRedacted,
        SocialLoginsDeleted,
        PendingAddressRedacted,
        RetirementRequested,
        RetirementStateChanged,
        MiscellaneousDataErased,
        ProfileErased,
        PartnerReportRequested,
        PartnerReportHandedOut,
        PartnerReportRedacted,
        PartnerReportRemoved,
        RetirementRedacted,
        RetirementCleanedUp,
        RetirementCancelled,
    )
}
