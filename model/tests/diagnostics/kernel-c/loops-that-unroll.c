#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	int i0, i1, i2, i3, i4, i5, i6, i7, i8, n = 0;

	for (i0 = 0; i0 < 8; i0++)
		for (i1 = 0; i1 < 8; i1++)
			for (i2 = 0; i2 < 8; i2++)
				for (i3 = 0; i3 < 8; i3++)
					for (i4 = 0; i4 < 8; i4++)
						for (i5 = 0; i5 < 8; i5++)
							for (i6 = 0; i6 < 8; i6++)
								for (i7 = 0; i7 < 8; i7++)
									for (i8 = 0; i8 < 8; i8++)
										n = !n;
	return n;
}
