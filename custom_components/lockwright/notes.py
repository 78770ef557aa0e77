"""The release notes of an image: what is known about the file, since few makers write any."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN
from .models import Json, Lock

FACTS = ("name", "version", "model", "header_string", "size", "file_sha256", "source", "added_at")


async def release_notes(hass: HomeAssistant, lock: Lock, image: Json | None) -> str | None:
    """Compose Markdown in the language of this Home Assistant; None when there is nothing to say."""
    texts = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})

    def say(key: str) -> str:
        return texts.get(f"component.{DOMAIN}.common.{key}", key)

    parts = [text for text in (lock["release_summary"],) if text]
    if image:
        parts.append("\n".join(f"- **{say(f'image_{key}')}**: `{image[key]}`" for key in FACTS if image.get(key)))
    others = [other for other in lock["not_offered"] if other["reason"] != "already_installed"]  # of that one needs no telling
    if others:
        lines = "\n".join(f"- {other['name']} ({other['version']}): {other['reason']}" for other in others)
        parts.append(f"**{say('not_offered')}**\n\n{lines}")
    if image:
        parts.append(say("stay_near"))
    return "\n\n".join(parts) or None
