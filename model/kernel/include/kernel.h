/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/* Everything that kernel code may use. A part defines its extension structs before this. */
#include <types.h>
#include <objects.h>
#include <atomic.h>
#include <locking.h>
#include <page.h>
#include <base.h>
#include <hooks.h>
#include <spec.h>
