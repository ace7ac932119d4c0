"""What `protocol-guide doctor` looks at in Slack."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from bot.channel import Check
from bot.settings import Settings
from bot.slack.app import client_of, said
from bot.slack.manifest import SCOPES


async def checks(settings: Settings) -> Sequence[Check]:
    """Whether Slack takes the tokens, and whether they allow what is needed."""
    if settings.slack_hosted or not settings.slack_bot_token:
        return (Check("Slack's settings"),)
    found: list[Check] = []
    try:
        who = await client_of(settings, settings.slack_bot_token).auth_test()
        found.append(Check(f"Slack's bot token, for {who.get('team')}"))
        headers = {name.lower(): value for name, value in who.headers.items()}
        granted = set(str(headers.get("x-oauth-scopes", "")).replace(" ", "").split(","))
        missing = sorted(set(SCOPES) - granted)
        mend = (
            f"Add {', '.join(missing)} at api.slack.com, OAuth & Permissions, and install the app again."
            if missing
            else None
        )
        found.append(Check("Slack's scopes", mend))
    except SlackApiError as error:
        found.append(Check("Slack's bot token", f"Slack says {said(error)}: copy SLACK_BOT_TOKEN again."))
    except (ClientError, OSError) as error:
        found.append(Check("Slack", f"It cannot be reached ({type(error).__name__}). Is the network there?"))
    if settings.slack_app_token and not settings.slack_over_http:
        try:
            await client_of(settings).apps_connections_open(app_token=settings.slack_app_token)
            found.append(Check("Slack's app-level token"))
        except SlackApiError as error:
            mend = f"Slack says {said(error)}: make SLACK_APP_TOKEN anew with connections:write."
            found.append(Check("Slack's app-level token", mend))
        except (ClientError, OSError) as error:
            found.append(Check("Slack's app-level token", f"Slack cannot be reached ({type(error).__name__})."))
    return found
