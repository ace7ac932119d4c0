"""Photographs the main messages, the dialogues and the Home tab, drawn from what really reached (a stand-in for) Slack.

    pip install pillow                        # and Chromium on the PATH
    python tests/bot/slack/pictures.py        # writes docs/pictures/slack-*.png

The app runs as it does for a council; somebody asks, types and presses buttons; what Slack would have been sent is drawn.
The drawing is ours and plain: it shows what the blocks hold, in Slack's order and proportions, and is not Slack itself.
"""

from __future__ import annotations

import asyncio
import html
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3]))

from PIL import Image

from tests.bot.slack.conftest import serving, settings_for
from tests.bot.slack.standin import TEAM, USER, Call, Person, Slack, Socket, blocks_of

PICTURES = Path(__file__).parents[3] / "docs" / "pictures"
WIDTH = 640
STYLE = """*{box-sizing:border-box}
body{font:15px/1.46 Lato,"Liberation Sans",Arial,sans-serif;color:#1d1c1d;background:#fff;margin:0;padding:14px;width:WIDTHpx}
.message{display:grid;grid-template-columns:36px 1fr;column-gap:10px;margin-bottom:10px}
.face{width:36px;height:36px;border-radius:6px;background:#1d3557;color:#fff;font-weight:900;text-align:center;line-height:36px}
.person{background:#7a6f9b}.who{font-weight:900}
.app{background:#e8e8e8;color:#616061;border-radius:2px;font-size:10px;font-weight:700;padding:1px 3px;margin-left:5px;vertical-align:2px}
.only{font-size:12px;color:#616061;margin:0 0 6px 46px}
.at{color:#1264a3;background:#e8f5fa;border-radius:3px;padding:0 2px}
blockquote{border-left:4px solid #ddd;margin:4px 0;padding:0 0 0 12px}.context{font-size:13px;color:#616061;margin:4px 0}
.button{display:inline-block;border:1px solid #bbb;border-radius:4px;padding:3px 11px;margin:3px 6px 3px 0;font-weight:700;font-size:13px}
p{margin:5px 0;white-space:pre-wrap}ul{margin:4px 0;padding-left:26px}ul.quoted{border-left:4px solid #ddd;padding-left:32px}
hr{border:0;border-top:1px solid #ddd;margin:12px 0}a{color:#1264a3;text-decoration:none}
.dialogue{border:1px solid #bbb;border-radius:8px;box-shadow:0 4px 14px #0002}.dialogue>div{padding:0 20px 14px}
.title{font-weight:900;font-size:20px;padding:14px 20px 8px!important}
.foot{border-top:1px solid #ddd;text-align:right;padding:12px 20px!important}
.submit{background:#007a5a;color:#fff;border-color:#007a5a}
.box{border:1px solid #888;border-radius:4px;padding:8px 10px;white-space:pre-wrap;margin:4px 0}.faint{color:#8d8d8d}""".replace(
    "WIDTH", str(WIDTH)
)


def _rich(element: dict[str, Any]) -> str:
    words = "".join(
        f"<b>{html.escape(part['text'])}</b>" if part.get("style") else html.escape(part["text"])
        for part in element["elements"]
        if part["type"] == "text"
    )
    match element["type"]:
        case "rich_text_quote":
            return f"<blockquote><p>{words}</p></blockquote>"
        case "rich_text_list":
            items = "".join(f"<li>{_rich(item)}</li>" for item in element["elements"])
            return f"<ul class={'quoted' if element.get('border') else 'plain'}>{items}</ul>"
        case _:
            return words


def drawn(block: dict[str, Any]) -> str:
    """One block as HTML."""
    match block["type"]:
        case "section":
            text = block["text"]["text"]
            menu = (
                f"<div class='box faint'>{html.escape(block['accessory']['placeholder']['text'])} ▾</div>"
                if "accessory" in block
                else ""
            )
            link = re.fullmatch(r"<([^|]*)\|(.*)>", text) if block["text"]["type"] == "mrkdwn" else None
            return f"<p>{f'<a>{html.escape(link[2])}</a>' if link else html.escape(text)}</p>{menu}"
        case "context":
            return "".join(f"<div class=context>{html.escape(element['text'])}</div>" for element in block["elements"])
        case "rich_text":
            inner = "".join(_rich(element) for element in block["elements"])
            return inner if inner.startswith(("<blockquote", "<ul")) else f"<p>{inner}</p>"
        case "actions":
            labels = (element["text"]["text"] for element in block["elements"])
            return "<div>" + "".join(f"<span class=button>{html.escape(label)}</span>" for label in labels) + "</div>"
        case "input":
            value = html.escape(block["element"]["initial_value"])
            return f"<p><b>{html.escape(block['label']['text'])}</b></p><div class=box>{value}</div>"
        case "divider":
            return "<hr>"
    raise ValueError(block["type"])


def message(call: Call, asked: str | None = None) -> str:
    """A message of the app's, under what somebody asked in the open."""
    alone = call.method == "chat.postEphemeral" or call.data.get("response_type") == "ephemeral"
    at = f"<span class=at>@Protocol Guide</span> {html.escape(asked)}" if asked else ""
    person = f"<div class=message><div class='face person'>J</div><div><span class=who>Jo</span><p>{at}</p></div></div>"
    only = "<div class=only>Only visible to you</div>" if alone else ""
    inner = "".join(map(drawn, blocks_of(call.data)))
    name = "<span class=who>Protocol Guide</span><span class=app>APP</span>"
    return f"{person if asked else ''}{only}<div class=message><div class=face>P</div><div>{name}{inner}</div></div>"


def view(call: Call) -> str:
    """A dialogue, or the Home tab."""
    shown = call.data["view"]
    inner = "".join(map(drawn, shown["blocks"]))
    if shown["type"] == "home":
        return inner
    names = ((part, "button submit" if part == "submit" else "button") for part in ("close", "submit") if part in shown)
    foot = "".join(f"<span class='{style}'>{html.escape(shown[part]['text'])}</span>" for part, style in names)
    title = html.escape(shown["title"]["text"])
    return f"<div class=dialogue><div class=title>{title}</div><div>{inner}</div><div class=foot>{foot}</div></div>"


def photograph(name: str, body: str) -> None:
    """Write one picture, as high as what is drawn."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        measure = "<script>document.title=document.documentElement.offsetHeight</script>"
        file.write_text(
            f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><body>{body}</body>{measure}", "utf-8"
        )
        page = _browser("--dump-dom", f"--window-size={WIDTH},400", f"file://{file}")
        found = re.search(r"<title>(\d+)</title>", page)
        assert found, "the browser says how high the page is"
        picture = PICTURES / f"slack-{name}.png"
        _browser(f"--screenshot={picture}", f"--window-size={WIDTH},{int(found[1])}", f"file://{file}")
        with Image.open(picture) as drawn_large:
            drawn_large.quantize(32, dither=Image.Dither.NONE).save(picture, optimize=True)
        print(f"{picture.name}: {picture.stat().st_size // 1024} kB")


def _browser(*options: str) -> str:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        raise SystemExit("Chromium is not on the PATH: install it and run this again.")
    command = [
        chromium,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-lcd-text",
        "--hide-scrollbars",
        *options,
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


async def _pictures(slack: Slack, person: Person) -> dict[str, str]:
    """What somebody does in a council's workspace, and what they then see."""
    found: dict[str, str] = {}
    attend = "can a party group make me attend?"
    await person.mention(attend)
    found["answer"] = message((await slack.waited("chat.postMessage")), attend)
    await person.mention("a councillor is bullying me and I don't know whom to tell")
    found["private"] = message(await slack.waited("chat.postEphemeral"))
    await person.command("/clause", "6.2")
    found["clause"] = message(await slack.waited("response_url"))
    await person.command("/protocol", f"as officer {attend}")
    officer = await slack.waited("response_url", count=2)
    await person.press(officer.button("draft"))
    found["draft"] = view(await slack.waited("views.open"))
    await person.shortcut("what_does_it_say", "They say I must come to the group's pre-meeting. Must I attend?")
    found["dialogue"] = view(await slack.waited("views.open", count=2))
    await person.shortcut("look_up")
    found["look-up"] = view(await _chosen(slack, person))
    await person.event({"type": "app_home_opened", "user": USER, "channel": "D1", "tab": "home"})
    found["home"] = view(await slack.waited("views.publish"))
    count = 2
    for words in ("officers", "group", "the report", "can he do that", "what about friday"):
        await person.command("/protocol", words)
        count += 1
        answer = await slack.waited("response_url", count=count)
        if "choose0" in answer.actions():
            found["choice"] = message(answer)
            break
    return found


async def _chosen(slack: Slack, person: Person) -> Call:
    """The look-up dialogue with a clause chosen in it."""
    option = {"text": {"type": "plain_text", "text": "7.3"}, "value": "great-linford:7.3"}
    chosen = {"type": "external_select", "action_id": "clause", "block_id": "clause", "selected_option": option}
    view = {"id": "V1", "type": "modal"}
    who = {"team": {"id": TEAM}, "user": {"id": USER, "team_id": TEAM}}
    await person.wire.send("interactive", {"type": "block_actions", **who, "view": view, "actions": [chosen]})
    return await slack.waited("views.update")


async def _run() -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        async with Slack().open() as slack, serving(settings_for("socket", slack, Path(folder))):
            return await _pictures(slack, Person(Socket(slack)))


def main() -> int:
    """Write every picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, body in asyncio.run(_run()).items():
        photograph(name, body)
    return 0


if __name__ == "__main__":
    sys.exit(main())
