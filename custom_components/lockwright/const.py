"""Names that more than one module needs."""

import logging
from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "lockwright"
LOGGER = logging.getLogger(__package__)

DEFAULT_PORT: Final = 8099

PLATFORMS: Final = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.UPDATE,
)
