"""The app manifest to paste at Slack: scopes, events, commands and shortcuts, and nothing that is not needed."""

from __future__ import annotations

from typing import Any

from bot import wording

SCOPES = ("app_mentions:read", "assistant:write", "chat:write", "commands", "im:history", "users:read")
"""`users:read` is for refusing guests alone; without `im:history` there are no direct messages."""
EVENTS = ("app_home_opened", "app_mention", "app_uninstalled", "message.im", "tokens_revoked")


def manifest(address: str | None = None) -> dict[str, Any]:
    """The manifest: Socket Mode where there is no public https address, else signed HTTP requests to it."""
    events = f"{address}/slack/events" if address else None
    reach = {"url": events} if events else {}
    settings: dict[str, Any] = {
        "event_subscriptions": {"bot_events": list(EVENTS)} | ({"request_url": events} if events else {}),
        "interactivity": {"is_enabled": True}
        | ({"request_url": events, "message_menu_options_url": events} if events else {}),
        "org_deploy_enabled": False,
        "socket_mode_enabled": events is None,
        "token_rotation_enabled": False,
    }
    oauth: dict[str, Any] = {"scopes": {"bot": list(SCOPES)}}
    if address:
        oauth["redirect_urls"] = [f"{address}/slack/oauth_redirect"]
    return {
        "display_information": {
            "name": "Protocol Guide",
            "description": "Quotes the councillor–officer protocol and names whom to go to next.",
            "background_color": "#1d3557",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Protocol Guide", "always_online": True},
            "agent_view": {
                "agent_description": "Quotes the clause that settles a question, word for word, and names whom to go to.",
                "suggested_prompts": [{"title": prompt[:75], "message": prompt} for prompt in wording.EXAMPLES],
            },
            "shortcuts": [
                {
                    "name": "What does it say?",
                    "type": "message",
                    "callback_id": "what_does_it_say",
                    "description": "What the protocol says to this message",
                },
                {
                    "name": "Look up a clause",
                    "type": "global",
                    "callback_id": "look_up",
                    "description": "By number, heading or words",
                },
            ],
            "slash_commands": [
                {
                    "command": "/clause",
                    "description": "Look a clause up",
                    "usage_hint": "7.3 | 3.2 bullet 5 | political groups",
                    "should_escape": False,
                    **reach,
                },
                {
                    "command": "/protocol",
                    "description": "Ask in private",
                    "usage_hint": "your question | contacts | sections | privacy | as officer … | help",
                    "should_escape": False,
                    **reach,
                },
            ],
        },
        "oauth_config": oauth,
        "settings": settings,
    }
