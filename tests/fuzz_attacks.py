"""Attacks of the fuzzer by name."""

from benchmarks.fuzzing.attacks import ATTACKS


def attack(reader, name):
    return next(make for given, make in ATTACKS[reader]() if given == name)()
