#include "ota/image_file.h"
