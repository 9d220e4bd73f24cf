#include "protocol/room.h"
