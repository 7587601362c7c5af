#include <types.h>
#include <kernel.h>

union pin {
	int count;
	bool flag;
};
