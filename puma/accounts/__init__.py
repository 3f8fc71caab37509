"""Accounts: who may sign in and how, sessions and tokens, and the audit of what was done and seen."""

from puma.accounts.passwords import made_password
from puma.accounts.register import (
    AccountView,
    account,
    accounts,
    add_account,
    disable,
    enable,
    has_accounts,
    instrument_names,
    number_of,
    service_account,
    set_password,
    set_role,
)
from puma.accounts.sessions import (
    SessionView,
    end_session,
    end_session_of,
    open_session,
    sessions,
    viewer_of_session,
)
from puma.accounts.signing_in import Attempts, change_own_password, check_password, vouched_account
from puma.accounts.tokens import TokenView, make_token, revoke_token, revoke_token_of, tokens, viewer_of_token

__all__ = [
    "AccountView",
    "Attempts",
    "SessionView",
    "TokenView",
    "account",
    "accounts",
    "add_account",
    "change_own_password",
    "check_password",
    "disable",
    "enable",
    "end_session",
    "end_session_of",
    "has_accounts",
    "instrument_names",
    "made_password",
    "make_token",
    "number_of",
    "open_session",
    "revoke_token",
    "revoke_token_of",
    "service_account",
    "sessions",
    "set_password",
    "set_role",
    "tokens",
    "viewer_of_session",
    "viewer_of_token",
    "vouched_account",
]
