#include "ota/library.h"
