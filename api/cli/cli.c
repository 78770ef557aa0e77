#include "api/cli/cli.h"
