#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	bool b0 = page->dirty;
	bool b1 = page->dirty;
	bool b2 = page->dirty;
	bool b3 = page->dirty;
	bool b4 = page->dirty;
	bool b5 = page->dirty;
	bool b6 = page->dirty;
	bool b7 = page->dirty;
	bool b8 = page->dirty;
	bool b9 = page->dirty;
	bool b10 = page->dirty;
	bool b11 = page->dirty;
	bool b12 = page->dirty;
	bool b13 = page->dirty;
	bool b14 = page->dirty;
	bool b15 = page->dirty;
	if (b0) get_page(page); else put_page(page);
	if (b1) get_page(page); else put_page(page);
	if (b2) get_page(page); else put_page(page);
	if (b3) get_page(page); else put_page(page);
	if (b4) get_page(page); else put_page(page);
	if (b5) get_page(page); else put_page(page);
	if (b6) get_page(page); else put_page(page);
	if (b7) get_page(page); else put_page(page);
	if (b8) get_page(page); else put_page(page);
	if (b9) get_page(page); else put_page(page);
	if (b10) get_page(page); else put_page(page);
	if (b11) get_page(page); else put_page(page);
	if (b12) get_page(page); else put_page(page);
	if (b13) get_page(page); else put_page(page);
	if (b14) get_page(page); else put_page(page);
	if (b15) get_page(page); else put_page(page);
	if (b0) get_page(page); else put_page(page);
	if (b1) get_page(page); else put_page(page);
	if (b2) get_page(page); else put_page(page);
	if (b3) get_page(page); else put_page(page);
	if (b4) get_page(page); else put_page(page);
	if (b5) get_page(page); else put_page(page);
	if (b6) get_page(page); else put_page(page);
	if (b7) get_page(page); else put_page(page);
	if (b8) get_page(page); else put_page(page);
	if (b9) get_page(page); else put_page(page);
	if (b10) get_page(page); else put_page(page);
	if (b11) get_page(page); else put_page(page);
	if (b12) get_page(page); else put_page(page);
	if (b13) get_page(page); else put_page(page);
	if (b14) get_page(page); else put_page(page);
	if (b15) get_page(page); else put_page(page);
	return true;
}
