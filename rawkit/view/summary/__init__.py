"""What a capture comes to, on a page, as JSON and as CSV."""
