"""By what the tables of a summary are sorted: for commands, which name the choices without loading what counts."""

from rawkit.count.measures import MEASURES as MEASURES
