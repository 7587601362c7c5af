#include <types.h>
#include <kernel.h>

struct s0 { bool a; };
struct s1 { struct s0 a[64]; };
struct s2 { struct s1 a[64]; };
struct s3 { struct s2 a[64]; };
struct s4 { struct s3 a[64]; };
struct s5 { struct s4 a[64]; };
struct s6 { struct s5 a[64]; };
struct s7 { struct s6 a[64]; };
struct s8 { struct s7 a[64]; };
struct s9 { struct s8 a[64]; };
struct s10 { struct s9 a[64]; };
struct s11 { struct s10 a[64]; };
struct s11 big;
