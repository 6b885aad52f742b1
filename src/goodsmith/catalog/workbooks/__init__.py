"""Excel workbooks, read by our own code: parts, styles, strings, cells, and the text that each cell shows."""
