"""Sources whose columns have names and types of their own: Parquet, JSON lines, databases, data frames."""
