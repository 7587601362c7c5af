#include <types.h>
#include <kernel.h>

void f0(int x)
{
}
void f1(int x)
{
	f0(x);
	f0(x);
}
void f2(int x)
{
	f1(x);
	f1(x);
}
void f3(int x)
{
	f2(x);
	f2(x);
}
void f4(int x)
{
	f3(x);
	f3(x);
}
void f5(int x)
{
	f4(x);
	f4(x);
}
void f6(int x)
{
	f5(x);
	f5(x);
}
void f7(int x)
{
	f6(x);
	f6(x);
}
void f8(int x)
{
	f7(x);
	f7(x);
}
void f9(int x)
{
	f8(x);
	f8(x);
}
void f10(int x)
{
	f9(x);
	f9(x);
}
void f11(int x)
{
	f10(x);
	f10(x);
}
void f12(int x)
{
	f11(x);
	f11(x);
}
void f13(int x)
{
	f12(x);
	f12(x);
}
void f14(int x)
{
	f13(x);
	f13(x);
}
void f15(int x)
{
	f14(x);
	f14(x);
}
void f16(int x)
{
	f15(x);
	f15(x);
}
void f17(int x)
{
	f16(x);
	f16(x);
}
void f18(int x)
{
	f17(x);
	f17(x);
}
void f19(int x)
{
	f18(x);
	f18(x);
}
void f20(int x)
{
	f19(x);
	f19(x);
}
void f21(int x)
{
	f20(x);
	f20(x);
}
void f22(int x)
{
	f21(x);
	f21(x);
}
void f23(int x)
{
	f22(x);
	f22(x);
}
void f24(int x)
{
	f23(x);
	f23(x);
}
void f25(int x)
{
	f24(x);
	f24(x);
}
bool track_pin(struct page *page)
{
	f25(1);
	return true;
}
