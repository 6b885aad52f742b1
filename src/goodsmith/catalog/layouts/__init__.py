"""Where the table stands on a sheet: which rows name the columns, and what is no product."""
