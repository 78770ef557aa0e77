#include "ota/failure.h"
