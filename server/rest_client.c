#include "server/rest_client.h"
