"""The settings of augmentation, as a value that protocols contain; without torch."""

import math
from dataclasses import asdict, dataclass

from nasbench_pose.errors import InvalidFileError


@dataclass(frozen=True, slots=True)
class Augmentation:
    """The strength of each augmentation; 0 disables it.

    The defaults are those of HRNet on MPII (Sun et al., CVPR 2019), except for the colours, unchanged in HRNet.
    """

    flip: float = 0.5
    """Probability of a mirror image; left and right joints change places."""
    rotation_deg: float = 30.0
    """Standard deviation in degrees, clipped at twice that; three in five images are rotated."""
    scale: float = 0.25
    """Standard deviation of the factor about 1, clipped at once that."""
    translate: float = 0.0
    """Largest shift, as a share of the image's width and height."""
    colour: float = 0.2
    """Largest gain and offset of all channels, and half as much again for each alone. Made for normalised images."""
    half_body: float = 0.0
    """Probability that a person with more than eight labelled joints is cut off at the hips; see `pose.half_body`."""

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise InvalidFileError(f"The augmentation's {name} is {value!r}; expected a finite number.")
        least = min(asdict(self).values())
        if not (least >= 0 and max(self.flip, self.half_body) <= 1 and self.scale < 1):
            raise InvalidFileError(
                f"{self} cannot be: flip and half_body are probabilities, scale at least 0 and below 1, the others "
                "at least 0."
            )

    @property
    def non_default_settings(self) -> dict[str, float]:
        """The settings by name, as in the text of a protocol; settings that were added later only if not 0.

        So protocols that do not use it keep their keys.

        >>> list(Augmentation().non_default_settings)
        ['flip', 'rotation_deg', 'scale', 'translate', 'colour']
        """
        return {name: value for name, value in asdict(self).items() if value or name not in _ADDED}


_ADDED = ("half_body",)

HRNET_COCO = Augmentation(rotation_deg=45, scale=0.35, colour=0, half_body=0.3)
"""HRNet's recipe for COCO."""

HRNET_MPII = Augmentation(rotation_deg=30, scale=0.25, colour=0)
"""HRNet's recipe for MPII: weaker, without half bodies."""
