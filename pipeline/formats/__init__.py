"""Instrument files of other programs -> rows in the organisers' form."""
