"""Physical simulator of evolved gas analysis mass spectrometry (EGA-MS) runs.

A sample of minerals is heated at a constant rate, each mineral gives off gases by
first-order kinetics, electron impact breaks each gas into ions, and one of two
instruments records the ions with its own background, noise and file conventions.
Everything here is a pure function of its arguments: no files, no global state.
"""
