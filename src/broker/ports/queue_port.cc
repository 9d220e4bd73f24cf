#include "broker/ports/queue_port.h"
