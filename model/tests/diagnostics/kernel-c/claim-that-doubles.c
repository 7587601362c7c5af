#include <types.h>
#include <kernel.h>

bool f0(struct page *page)
{
	return page->dirty;
}
bool f1(struct page *page)
{
	return f0(page) ^ f0(page);
}
bool f2(struct page *page)
{
	return f1(page) ^ f1(page);
}
bool f3(struct page *page)
{
	return f2(page) ^ f2(page);
}
bool f4(struct page *page)
{
	return f3(page) ^ f3(page);
}
bool f5(struct page *page)
{
	return f4(page) ^ f4(page);
}
bool f6(struct page *page)
{
	return f5(page) ^ f5(page);
}
bool f7(struct page *page)
{
	return f6(page) ^ f6(page);
}
bool f8(struct page *page)
{
	return f7(page) ^ f7(page);
}
bool f9(struct page *page)
{
	return f8(page) ^ f8(page);
}
bool f10(struct page *page)
{
	return f9(page) ^ f9(page);
}
bool f11(struct page *page)
{
	return f10(page) ^ f10(page);
}
bool f12(struct page *page)
{
	return f11(page) ^ f11(page);
}
bool f13(struct page *page)
{
	return f12(page) ^ f12(page);
}
bool f14(struct page *page)
{
	return f13(page) ^ f13(page);
}
bool f15(struct page *page)
{
	return f14(page) ^ f14(page);
}
bool f16(struct page *page)
{
	return f15(page) ^ f15(page);
}
bool f17(struct page *page)
{
	return f16(page) ^ f16(page);
}
bool f18(struct page *page)
{
	return f17(page) ^ f17(page);
}
bool f19(struct page *page)
{
	return f18(page) ^ f18(page);
}
bool f20(struct page *page)
{
	return f19(page) ^ f19(page);
}
bool f21(struct page *page)
{
	return f20(page) ^ f20(page);
}
bool f22(struct page *page)
{
	return f21(page) ^ f21(page);
}
bool f23(struct page *page)
{
	return f22(page) ^ f22(page);
}
bool f24(struct page *page)
{
	return f23(page) ^ f23(page);
}
bool f25(struct page *page)
{
	return f24(page) ^ f24(page);
}
CLAIM(S77, "a", "b", "c", NEEDS_NOTHING);

bool always_S77(struct page *page)
{
	return f25(page);
}
