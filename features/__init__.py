"""An EGA-MS run -> numbers: pure functions on arrays, one idea a file."""
