"""What scripts/generate writes: a module for each kind of file, and the table that names the files (`table`)."""
