"""Universal synthetic spectra, eight published networks and one of our own.

After J. Schuetzke, N. J. Szymanski and M. Reischl, npj Computational Materials 9, 100
(2023).
"""
