#include "ota/event.h"
