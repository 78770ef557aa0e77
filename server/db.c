#include "server/db.h"
