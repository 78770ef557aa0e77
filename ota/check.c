#include "ota/check.h"
