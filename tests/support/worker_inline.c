#include "server/worker.h"
