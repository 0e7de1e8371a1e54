"""Every event type by its name in the store."""

from collections.abc import Mapping

from chalicelib.events.access import AccountDeactivated, LoggedIn, PasswordReset, PasswordSet, TokensRevoked
from chalicelib.events.addresses import (
    EmailChangeAbandoned,
    EmailChangeConfirmed,
    EmailChangeRequested,
    SecondaryEmailAbandoned,
    SecondaryEmailConfirmed,
    SecondaryEmailRequested,
)
from chalicelib.events.erasure import CertificateIssued, ErasureReplayed
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
from chalicelib.events.support import AccountDisabled, AccountEnabled, NameChangeRefused, RightsChanged

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
        NameChangeRefused,
        EmailChangeRequested,
        EmailChangeConfirmed,
        EmailChangeAbandoned,
        SecondaryEmailRequested,
        SecondaryEmailConfirmed,
        SecondaryEmailAbandoned,
        LoggedIn,
        TokensRevoked,
        PasswordSet,
        PasswordReset,
        AccountDeactivated,
        AccountDisabled,
        AccountEnabled,
        RightsChanged,
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
        ErasureReplayed,
        CertificateIssued,
    )
}
