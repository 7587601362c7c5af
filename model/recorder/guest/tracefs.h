#ifndef TRACEFS_H
#define TRACEFS_H

#define TRACEFS "/sys/kernel/tracing/"

#endif
