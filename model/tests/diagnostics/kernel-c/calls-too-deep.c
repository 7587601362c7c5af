#include <types.h>
#include <kernel.h>

bool f0(struct page *page)
{
	return page->dirty;
}
bool f1(struct page *page)
{
	return f0(page);
}
bool f2(struct page *page)
{
	return f1(page);
}
bool f3(struct page *page)
{
	return f2(page);
}
bool f4(struct page *page)
{
	return f3(page);
}
bool f5(struct page *page)
{
	return f4(page);
}
bool f6(struct page *page)
{
	return f5(page);
}
bool f7(struct page *page)
{
	return f6(page);
}
bool f8(struct page *page)
{
	return f7(page);
}
bool f9(struct page *page)
{
	return f8(page);
}
bool f10(struct page *page)
{
	return f9(page);
}
bool f11(struct page *page)
{
	return f10(page);
}
bool f12(struct page *page)
{
	return f11(page);
}
bool f13(struct page *page)
{
	return f12(page);
}
bool f14(struct page *page)
{
	return f13(page);
}
bool f15(struct page *page)
{
	return f14(page);
}
bool f16(struct page *page)
{
	return f15(page);
}
bool f17(struct page *page)
{
	return f16(page);
}
bool f18(struct page *page)
{
	return f17(page);
}
bool f19(struct page *page)
{
	return f18(page);
}
bool f20(struct page *page)
{
	return f19(page);
}
bool f21(struct page *page)
{
	return f20(page);
}
bool f22(struct page *page)
{
	return f21(page);
}
bool f23(struct page *page)
{
	return f22(page);
}
bool f24(struct page *page)
{
	return f23(page);
}
bool f25(struct page *page)
{
	return f24(page);
}
bool f26(struct page *page)
{
	return f25(page);
}
bool f27(struct page *page)
{
	return f26(page);
}
bool f28(struct page *page)
{
	return f27(page);
}
bool f29(struct page *page)
{
	return f28(page);
}
bool f30(struct page *page)
{
	return f29(page);
}
bool f31(struct page *page)
{
	return f30(page);
}
bool f32(struct page *page)
{
	return f31(page);
}
bool f33(struct page *page)
{
	return f32(page);
}
bool f34(struct page *page)
{
	return f33(page);
}
bool f35(struct page *page)
{
	return f34(page);
}
bool f36(struct page *page)
{
	return f35(page);
}
bool f37(struct page *page)
{
	return f36(page);
}
bool f38(struct page *page)
{
	return f37(page);
}
bool f39(struct page *page)
{
	return f38(page);
}
bool f40(struct page *page)
{
	return f39(page);
}
bool f41(struct page *page)
{
	return f40(page);
}
bool f42(struct page *page)
{
	return f41(page);
}
bool f43(struct page *page)
{
	return f42(page);
}
bool f44(struct page *page)
{
	return f43(page);
}
bool f45(struct page *page)
{
	return f44(page);
}
bool f46(struct page *page)
{
	return f45(page);
}
bool f47(struct page *page)
{
	return f46(page);
}
bool f48(struct page *page)
{
	return f47(page);
}
bool f49(struct page *page)
{
	return f48(page);
}
bool f50(struct page *page)
{
	return f49(page);
}
bool f51(struct page *page)
{
	return f50(page);
}
bool f52(struct page *page)
{
	return f51(page);
}
bool f53(struct page *page)
{
	return f52(page);
}
bool f54(struct page *page)
{
	return f53(page);
}
bool f55(struct page *page)
{
	return f54(page);
}
bool f56(struct page *page)
{
	return f55(page);
}
bool f57(struct page *page)
{
	return f56(page);
}
bool f58(struct page *page)
{
	return f57(page);
}
bool f59(struct page *page)
{
	return f58(page);
}
bool f60(struct page *page)
{
	return f59(page);
}
bool f61(struct page *page)
{
	return f60(page);
}
bool f62(struct page *page)
{
	return f61(page);
}
bool f63(struct page *page)
{
	return f62(page);
}
bool f64(struct page *page)
{
	return f63(page);
}
bool f65(struct page *page)
{
	return f64(page);
}
bool f66(struct page *page)
{
	return f65(page);
}
bool f67(struct page *page)
{
	return f66(page);
}
bool f68(struct page *page)
{
	return f67(page);
}
bool f69(struct page *page)
{
	return f68(page);
}
bool f70(struct page *page)
{
	return f69(page);
}
bool f71(struct page *page)
{
	return f70(page);
}
bool f72(struct page *page)
{
	return f71(page);
}
bool f73(struct page *page)
{
	return f72(page);
}
bool f74(struct page *page)
{
	return f73(page);
}
bool f75(struct page *page)
{
	return f74(page);
}
bool f76(struct page *page)
{
	return f75(page);
}
bool f77(struct page *page)
{
	return f76(page);
}
bool f78(struct page *page)
{
	return f77(page);
}
bool f79(struct page *page)
{
	return f78(page);
}
bool f80(struct page *page)
{
	return f79(page);
}
bool f81(struct page *page)
{
	return f80(page);
}
bool f82(struct page *page)
{
	return f81(page);
}
bool f83(struct page *page)
{
	return f82(page);
}
bool f84(struct page *page)
{
	return f83(page);
}
bool f85(struct page *page)
{
	return f84(page);
}
bool f86(struct page *page)
{
	return f85(page);
}
bool f87(struct page *page)
{
	return f86(page);
}
bool f88(struct page *page)
{
	return f87(page);
}
bool f89(struct page *page)
{
	return f88(page);
}
bool f90(struct page *page)
{
	return f89(page);
}
bool f91(struct page *page)
{
	return f90(page);
}
bool f92(struct page *page)
{
	return f91(page);
}
bool f93(struct page *page)
{
	return f92(page);
}
bool f94(struct page *page)
{
	return f93(page);
}
bool f95(struct page *page)
{
	return f94(page);
}
bool f96(struct page *page)
{
	return f95(page);
}
bool f97(struct page *page)
{
	return f96(page);
}
bool f98(struct page *page)
{
	return f97(page);
}
bool f99(struct page *page)
{
	return f98(page);
}
bool f100(struct page *page)
{
	return f99(page);
}
bool f101(struct page *page)
{
	return f100(page);
}
bool f102(struct page *page)
{
	return f101(page);
}
bool f103(struct page *page)
{
	return f102(page);
}
bool f104(struct page *page)
{
	return f103(page);
}
bool f105(struct page *page)
{
	return f104(page);
}
bool f106(struct page *page)
{
	return f105(page);
}
bool f107(struct page *page)
{
	return f106(page);
}
bool f108(struct page *page)
{
	return f107(page);
}
bool f109(struct page *page)
{
	return f108(page);
}
bool f110(struct page *page)
{
	return f109(page);
}
bool f111(struct page *page)
{
	return f110(page);
}
bool f112(struct page *page)
{
	return f111(page);
}
bool f113(struct page *page)
{
	return f112(page);
}
bool f114(struct page *page)
{
	return f113(page);
}
bool f115(struct page *page)
{
	return f114(page);
}
bool f116(struct page *page)
{
	return f115(page);
}
bool f117(struct page *page)
{
	return f116(page);
}
bool f118(struct page *page)
{
	return f117(page);
}
bool f119(struct page *page)
{
	return f118(page);
}
bool f120(struct page *page)
{
	return f119(page);
}
bool f121(struct page *page)
{
	return f120(page);
}
bool f122(struct page *page)
{
	return f121(page);
}
bool f123(struct page *page)
{
	return f122(page);
}
bool f124(struct page *page)
{
	return f123(page);
}
bool f125(struct page *page)
{
	return f124(page);
}
bool f126(struct page *page)
{
	return f125(page);
}
bool f127(struct page *page)
{
	return f126(page);
}
bool f128(struct page *page)
{
	return f127(page);
}
bool f129(struct page *page)
{
	return f128(page);
}
bool f130(struct page *page)
{
	return f129(page);
}
bool f131(struct page *page)
{
	return f130(page);
}
bool f132(struct page *page)
{
	return f131(page);
}
bool f133(struct page *page)
{
	return f132(page);
}
bool f134(struct page *page)
{
	return f133(page);
}
bool f135(struct page *page)
{
	return f134(page);
}
bool f136(struct page *page)
{
	return f135(page);
}
bool f137(struct page *page)
{
	return f136(page);
}
bool f138(struct page *page)
{
	return f137(page);
}
bool f139(struct page *page)
{
	return f138(page);
}
bool f140(struct page *page)
{
	return f139(page);
}
bool f141(struct page *page)
{
	return f140(page);
}
bool f142(struct page *page)
{
	return f141(page);
}
bool f143(struct page *page)
{
	return f142(page);
}
bool f144(struct page *page)
{
	return f143(page);
}
bool f145(struct page *page)
{
	return f144(page);
}
bool f146(struct page *page)
{
	return f145(page);
}
bool f147(struct page *page)
{
	return f146(page);
}
bool f148(struct page *page)
{
	return f147(page);
}
bool f149(struct page *page)
{
	return f148(page);
}
bool track_pin(struct page *page)
{
	return f149(page);
}
