#include <types.h>
#include <kernel.h>

--- a/mm/gup.c
+++ b/mm/gup.c
@@ -10,6 +10,7 @@
bool track_pin(struct page *page)
{
	return true;
}
