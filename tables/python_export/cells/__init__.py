"""How an exported Python file reads cells and rows; all modules but `cell_rules` go into the file."""
