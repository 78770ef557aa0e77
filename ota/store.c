#include "ota/store.h"
