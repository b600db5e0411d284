"""What became of expectations, for people and for other programs: text, TAP, JUnit's XML, GitHub's annotations."""
