"""How kernels run: the same Python source interpreted where the work is small, compiled where it is large.

A kernel module is a file whose name ends in `_kernel.py`. All its functions are plain functions over integers and
one-dimensional integer arrays, without objects, so that numba can compile them as they stand. They import only
constants, and functions of other kernel modules. Where a module says `FORCE_INLINE = True`, its functions become part
of those that call them, and the compiler can drop the bounds checks that `within` has made.

Kernels read an enemy's bytes, so they are compiled with bounds checks, always; interpreted, they get memoryviews, which
check too and give plain Python integers.
"""

from __future__ import annotations

from rawkit.kernels.cache import ALL_COMPILED, all_compiled, cache_folder, mark_all_compiled
from rawkit.kernels.engine import COMPILE_AFTER, LOAD_AFTER, Engine, Ints, Mode

__all__ = [
    "ALL_COMPILED",
    "COMPILE_AFTER",
    "LOAD_AFTER",
    "Engine",
    "Ints",
    "Mode",
    "all_compiled",
    "cache_folder",
    "mark_all_compiled",
]
