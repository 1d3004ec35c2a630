"""Tables made by formulas, on which the coverage of intervals and sets is measured."""
