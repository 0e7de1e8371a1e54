"""docs/benchmarks.md: one format for every benchmark, made of its words (`words/NAME.md`) and its last record."""
