#include "server/loop.h"
