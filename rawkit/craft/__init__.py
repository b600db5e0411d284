"""Templates: a scapy packet whose fields vary, crafted a chunk of frames at a time.

`Template` takes the packet, `Counter`, `Random` and `zipped` say how fields vary beyond scapy's own ranges and lists,
and `parse` reads scapy's notation without evaluating it. Scapy is imported when one of them needs it.
"""

from __future__ import annotations

from rawkit.craft.expression import ExpressionError, Parsed, parse
from rawkit.craft.sources import Counter, Random, Zipped, zipped
from rawkit.craft.template import Template

__all__ = ["Counter", "ExpressionError", "Parsed", "Random", "Template", "Zipped", "parse", "zipped"]
