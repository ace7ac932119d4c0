"""Builds everything that serves, once."""

from __future__ import annotations

import time
from dataclasses import dataclass

from bot.answering import Answerer
from bot.channel import Channel
from bot.desk import Desk
from bot.errors import SettingsError
from bot.library import build_answerer, open_library
from bot.measures import Measures
from bot.settings import Settings
from bot.storage import Keys, Storage
from bot.taking_up import Councils
from bot.throttle import Throttle
from knowledge.errors import UnknownCouncil


@dataclass(frozen=True)
class House:
    """All that serves, with what it was built from."""

    settings: Settings
    answerer: Answerer
    councils: Councils
    storage: Storage
    desk: Desk
    measures: Measures

    async def close(self) -> None:
        """Give the database back."""
        await self.storage.close()


def keys_of(settings: Settings) -> Keys:
    """The encryption keys that were set; for an embedded database without any, those in the file beside it.

    Raises:
        BadKeys: when they are malformed.
        SettingsError: when a database server has none.
    """
    if settings.keys:
        return Keys(settings.keys)
    if settings.embedded_database is None:
        raise SettingsError(
            "PROTOCOL_GUIDE_KEYS is missing: a database server needs it; `protocol-guide key` makes one."
        )
    return Keys.beside(settings.embedded_database)


async def open_storage(settings: Settings) -> Storage:
    """The database of these settings, its tables up to date.

    Raises:
        StorageError, SettingsError: when it cannot be opened.
    """
    return await Storage.open(settings.database_url, keys_of(settings))


async def build(settings: Settings) -> House:
    """Everything but the channels, which take what they need from it.

    Raises:
        SettingsError: when the one council that is served does not exist.
        StorageError, KnowledgeError, IntentsError: when something cannot be opened or read.
    """
    library = open_library(settings.data_folder)
    storage = await open_storage(settings)
    try:
        councils = Councils(library, settings.data_folder, storage, settings.engines)
        answerer = build_answerer(library, councils.council)
        councils.dropped = answerer.forget
        if settings.council is not None:
            await councils.take_up(settings.council)
    except UnknownCouncil as error:
        await storage.close()
        raise SettingsError(f"PROTOCOL_GUIDE_COUNCIL: {error}") from error
    except BaseException:
        await storage.close()
        raise
    measures = Measures()
    desk = Desk(answerer, storage, Throttle(settings.throttle, time.monotonic), measures, councils.take_up)
    return House(settings, answerer, councils, storage, desk, measures)


def channels(house: House, local: bool = False) -> tuple[Channel, ...]:
    """The channels that the settings turn on. Only these are imported. `local` is Teams without credentials.

    Raises:
        SettingsError: when a channel's own settings are wrong.
    """
    built: list[Channel] = []
    if house.settings.slack_on:
        from bot.slack.app import build as build_slack

        built.append(build_slack(house.settings, house.desk, house.storage))
    if house.settings.teams_on or local:
        try:
            from bot.teams.app import build as build_teams
        except ImportError as error:
            raise SettingsError("Teams is not installed here: pip install 'protocol-guide[teams]'.") from error
        built.append(build_teams(house.settings, house.desk, house.storage, local=local))
    return tuple(built)
