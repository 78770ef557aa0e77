#include "ota/job.h"
