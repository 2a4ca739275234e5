"""Whether generated spectra help small regression networks.

After A. S. Mushchina, I. V. Isaev, O. E. Sarmanova, T. A. Dolenko and S. A. Dolenko,
Deep Learning in Computational Physics (2024).
"""
