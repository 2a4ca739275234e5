"""Where each class has its peaks, and how far they move: our own network.

Pooling blurs positions, and a small peak drowns among thousands of weights. Here
nothing is blurred and next to nothing is weighed. A class is a list of zones, the
stretches of the axis in which its training spectra have signal (`models.zone_limits`).
Three numbers of each zone are read from a spectrum, all of them sums over points:

- its share, as a multiple of that of the highest zone of the class;
- the centre of what stands in it;
- how widely that is spread, which matters where several peaks share a zone.

A logit is minus the sum of (distance from the middle of what the class does / half the
range of that) ** exponent, minus a penalty for signal outside of all its zones. Classes
whose peaks overlap are so divided midway between their limits. What gradients train are
six numbers, the same for all classes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.peak_stretches import peaks_alone
from models.spectrum_classifier import SpectrumClassifier
from models.spectrum_specs import ZoneSpec
from models.window_sums import window_sums
from models.zone_limits import FAINT_SHARE, class_zones

LOWEST_EXPONENT, HIGHEST_EXPONENT = 1.0, 8.0
# what lies farther off, in halves of a range, and one term of a logit
FARTHEST, LARGEST_TERM = 20.0, 100.0
# of a spectrum outside of all zones: a smaller share is next to nothing
TRACE_SHARE = 0.002
# parameters are held divided by this: a learning rate for weights moves them too little
PARAMETER_UNIT = 100.0
# standard deviation of a peak; only spectra with background or noise are looked at so
PEAK_WIDTH_WINDOWS = 0.3
_SMALL = 1e-6


class ZoneNetwork(SpectrumClassifier):
    """A classifier that is mostly read off the training spectra, see `look_at`."""

    first: Tensor
    end: Tensor
    highest: Tensor
    middle: Tensor
    half_range: Tensor
    of_class: Tensor
    highest_of_class: Tensor
    middles: Tensor
    half_ranges: Tensor
    moments: Tensor

    def __init__(self, spec: ZoneSpec, n_points: int, n_classes: int) -> None:
        super().__init__()
        self.spec = spec
        self.n_windows = -(-n_points // spec.window_points) + 1
        zones = (n_classes, spec.most_zones)
        # a zone that a class does not have ends where it begins
        self.register_buffer("first", torch.zeros(zones, dtype=torch.int64))
        self.register_buffer("end", torch.zeros(zones, dtype=torch.int64))
        self.register_buffer("highest", torch.zeros(n_classes, dtype=torch.int64))
        self.register_buffer("middle", torch.zeros(3, *zones))
        self.register_buffer("half_range", torch.ones(3, *zones))
        self.exponents = nn.Parameter(torch.empty(3))
        self.scale = nn.Parameter(torch.empty(()))
        self.outside = nn.Parameter(torch.empty(()))
        self.per_zone = nn.Parameter(torch.empty(()))
        self._lay_out()
        self.register_load_state_dict_post_hook(lambda *_: self._lay_out())

    def reset(self) -> None:
        """Forget all classes; parameters to where training begins."""
        with torch.no_grad():
            for tensor in self.state_dict().values():
                tensor.zero_()
            self.exponents.fill_(-1.8 / PARAMETER_UNIT)  # about squares
            self.half_range.fill_(1)
        self._lay_out()

    def look_at(self, spectra: Tensor, labels: Tensor) -> None:
        """Learn the zones of each class and the limits of what they do."""
        shares = self._shares(spectra).double().cpu().numpy()
        of_class = labels.cpu().numpy()
        for number in range(len(self.highest)):
            found = class_zones(shares[of_class == number], self.spec.most_zones)
            n = len(found.first)
            self.first[number, :n] = torch.from_numpy(found.first)
            self.end[number, :n] = torch.from_numpy(found.end)
            self.highest[number] = found.highest
            self.middle[:, number, :n] = torch.from_numpy(found.middle)
            self.half_range[:, number, :n] = torch.from_numpy(found.half_range)
        self._lay_out()

    def forward(self, x: Tensor) -> Tensor:
        """Map spectra (n, n_points) to logits (n, n_classes)."""
        deviations, outside = self._deviations(self._shares(x))
        exponents = LOWEST_EXPONENT + (HIGHEST_EXPONENT - LOWEST_EXPONENT) * (
            torch.sigmoid(PARAMETER_UNIT * self.exponents)
        )
        terms = (deviations + _SMALL) ** exponents[:, None]
        misfit = terms.clamp(max=LARGEST_TERM).sum(dim=1) @ self.of_class
        penalty = torch.log1p(outside / TRACE_SHARE)
        logits: Tensor = (
            PARAMETER_UNIT * self.per_zone * self.of_class.sum(dim=0)
            - misfit * (PARAMETER_UNIT * self.scale).exp()
            - penalty * (PARAMETER_UNIT * self.outside).exp()
        )
        return logits

    def _shares(self, x: Tensor) -> Tensor:
        """Return what part of a spectrum is in each window, (n, n_windows)."""
        x = peaks_alone(x, PEAK_WIDTH_WINDOWS * self.spec.window_points)
        area = x.sum(dim=1, keepdim=True)
        return window_sums(x / area.where(area > 0, 1.0), self.spec.window_points)

    def _deviations(self, shares: Tensor) -> tuple[Tensor, Tensor]:
        """Return how far off each zone is, (n, 3, n_zones), and what is outside.

        The first in halves of the range, for all zones of all classes side by side; the
        second, (n, n_classes), as a share.
        """
        moments = (shares @ self.moments).unflatten(1, (3, -1))
        share = moments[:, 0]
        inside = share @ self.of_class
        outside = (shares.sum(dim=1)[:, None] - inside).clamp(min=0)
        relative = share / (share[:, self.highest_of_class] + _SMALL)
        centre, square = (moments[:, 1:] / (share + _SMALL)[:, None]).unbind(dim=1)
        spread = (square - centre**2).clamp(min=_SMALL).sqrt()
        values = torch.stack([relative, centre, spread], dim=1)
        away = ((values - self.middles) / self.half_ranges).abs().clamp(max=FARTHEST)
        trust = share.clamp(min=0) / (share.clamp(min=0) + FAINT_SHARE)
        weight = torch.stack([torch.ones_like(trust), trust, trust], dim=1)
        return away * weight, outside

    def _lay_out(self) -> None:
        """Put the zones that classes have side by side."""
        n_classes, most = self.first.shape
        slots = torch.arange(n_classes * most, device=self.first.device)
        if not slots.is_meta:  # there all zones count, for what the network costs
            slots = slots[(self.end > self.first).flatten()]
        first, end = self.first.flatten()[slots], self.end.flatten()[slots]
        of_class = (slots // most)[:, None] == torch.arange(n_classes).to(slots)
        # its highest zone is the first zone of the class and so many further
        before = of_class.sum(dim=0).cumsum(dim=0) - of_class.sum(dim=0)
        layout = {
            "of_class": of_class.float(),
            "highest_of_class": (before + self.highest)[slots // most],
            "middles": self.middle.flatten(1)[:, slots],
            "half_ranges": self.half_range.flatten(1)[:, slots],
            "moments": self._moments(first, end),
        }
        for name, tensor in layout.items():
            self.register_buffer(name, tensor, persistent=False)

    def _moments(self, first: Tensor, end: Tensor) -> Tensor:
        """Return what maps windows to sums, first and second moments of zones."""
        window = torch.arange(self.n_windows, device=first.device)[:, None]
        inside = ((window >= first) & (window < end)).float()
        offset = window - (first + end - 1) / 2
        return torch.cat([inside, inside * offset, inside * offset**2], dim=1)
