#include "ota/engine.h"
