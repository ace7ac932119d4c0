"""The one door to the Teams SDK (microsoft-teams-apps, the extra `[teams]`), without what its import does beside.

Importing the SDK reads any `.env` file that stands in the working folder or above it; our settings come from nowhere
but the environment and the file that was named. So the reader is put out of the way while the SDK is imported, and
so are its warnings about parts of it that we do not use. An app takes from the environment whatever its options leave
out, a secret before a token: `app_of` hides it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Unpack

import dotenv

from bot.settings import hidden

_TAKEN = (
    "CLIENT_ID",
    "CLIENT_SECRET",
    "TENANT_ID",
    "MANAGED_IDENTITY_CLIENT_ID",
    "CLOUD",
    "SERVICE_URL",
    "DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS",
)
"""What an app of the SDK looks for in the environment."""


@contextmanager
def _quietly() -> Iterator[None]:
    reader = dotenv.load_dotenv
    dotenv.load_dotenv = lambda *_args, **_options: False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        dotenv.load_dotenv = reader


with _quietly():
    from microsoft_teams.api.activities.conversation.conversation_update import ConversationUpdateActivity
    from microsoft_teams.api.activities.install_update import InstalledActivity, UninstalledActivity
    from microsoft_teams.api.activities.invoke.adaptive_card import AdaptiveCardInvokeActivity
    from microsoft_teams.api.activities.invoke.message_extension import (
        MessageExtensionFetchTaskInvokeActivity,
        MessageExtensionQueryInvokeActivity,
        MessageExtensionSubmitActionInvokeActivity,
    )
    from microsoft_teams.api.activities.message.message import MessageActivity, MessageActivityInput
    from microsoft_teams.api.auth.cloud_environment import PUBLIC, CloudEnvironment
    from microsoft_teams.api.clients.conversation.params import CreateConversationParams
    from microsoft_teams.api.models.account import Account
    from microsoft_teams.api.models.activity import Activity as ActivityBase
    from microsoft_teams.api.models.attachment.attachment import Attachment
    from microsoft_teams.api.models.invoke_response import InvokeResponse
    from microsoft_teams.apps import ActivityContext, App
    from microsoft_teams.apps.events import ActivityEvent
    from microsoft_teams.apps.http import HttpRequest, HttpResponse
    from microsoft_teams.apps.options import AppOptions
    from microsoft_teams.common import Client, ClientOptions

__all__ = [
    "PUBLIC",
    "Account",
    "ActivityBase",
    "ActivityContext",
    "ActivityEvent",
    "AdaptiveCardInvokeActivity",
    "App",
    "Attachment",
    "Client",
    "ClientOptions",
    "CloudEnvironment",
    "ConversationUpdateActivity",
    "CreateConversationParams",
    "HttpRequest",
    "HttpResponse",
    "InstalledActivity",
    "InvokeResponse",
    "MessageActivity",
    "MessageActivityInput",
    "MessageExtensionFetchTaskInvokeActivity",
    "MessageExtensionQueryInvokeActivity",
    "MessageExtensionSubmitActionInvokeActivity",
    "UninstalledActivity",
    "app_of",
]


def app_of(**options: Unpack[AppOptions]) -> App:
    """An app of these options and nothing else."""
    with hidden(_TAKEN):
        return App(**options)
