"""What Schuetzke, Szymanski and Reischl report, for the table side by side."""

from __future__ import annotations

# misclassified of 4,500 general test spectra: least, mean and most of five seeds
GENERAL: dict[str, tuple[int, float, int]] = {
    "cnn2": (31, 38.0, 50),
    "cnn3": (25, 28.4, 34),
    "cnn6": (6, 8.4, 12),
    "vgg": (16, 21.6, 31),
    "resnet": (20, 21.2, 22),
    "cnn_bn": (33, 44.2, 50),
    "inc3": (12, 17.2, 20),
    "inc6": (10, 11.4, 13),
}
# median accuracy on the challenge set, percent
CHALLENGE: dict[str, float] = {
    "cnn_bn": 52.47,
    "cnn_bn_modified": 58.64,
    "resnet": 3.70,
    "resnet_modified": 80.74,
    "cnn6_batch_norm": 67.90,
    "cnn6": 85.19,
    "vgg": 68.52,
    "vgg_modified": 83.95,
    "cnn6_conv_dropout": 79.63,
}


def published(data_set: str, network: str) -> str:
    """Return the published number as the table shows it, or nothing.

    >>> published("general", "cnn6"), published("challenge", "resnet")
    ('6 / 8.4 / 12', '3.70 %')
    """
    if data_set == "general" and network in GENERAL:
        least, mean, most = GENERAL[network]
        return f"{least} / {mean:.1f} / {most}"
    if data_set == "challenge" and network in CHALLENGE:
        return f"{CHALLENGE[network]:.2f} %"
    return ""
