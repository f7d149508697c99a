"""The settings of differentiable searches: one engine, of which every method is a set of defaults."""

import inspect
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Annotated, Any, get_type_hints

from nasbench_pose.strategies.declaration import Setting

QUICK: Mapping[str, Any] = {
    "batch": 16, "warm_up": 20, "warm_up_share": 0, "steps": 8, "choices_every": 2, "choice_rate": 0.1, "asks": 3,
}  # fmt: skip
"""The preset `quick` of every differentiable method: it shows that a search runs, and is too short to find much."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The defaults are those of `darts`; a method replaces some of them."""

    protocol: Annotated[str, Setting("loss and augmentation, as JSON")]
    data: Annotated[str, Setting("the people to train on")]
    cost_weight: Annotated[float, Setting("λ, the weight of the cost term in the loss of the choices")] = 0.01
    batch: Annotated[int, Setting("people in a step: a supernet normalises by the batch", low=2)] = 32
    warm_up: Annotated[int, Setting("steps of the weights alone, before the first proposal", low=0)] = 150
    steps: Annotated[int, Setting("steps of the weights before each proposal", low=1)] = 40
    choices_every: Annotated[int, Setting("steps of the weights to one turn of the choices", low=1)] = 4
    temperature: Annotated[float, Setting("of the softmax over the options, at first", above=0)] = 2.0
    cooling: Annotated[float, Setting("the temperature is multiplied by this per proposal", above=0, high=1)] = 0.9
    learning_rate: Annotated[float, Setting("of AdamW on the weights", above=0)] = 1e-2
    choice_rate: Annotated[float, Setting("learning rate of Adam on the choices", low=0)] = 0.05
    choice_decay: Annotated[float, Setting("weight decay of Adam on the choices", low=0)] = 1e-3
    choices_steps: Annotated[int, Setting("steps of the choices in a turn", low=1)] = 1
    asks: Annotated[int, Setting("proposals over which what grows or falls goes from its first to its last value",
                                 low=1)] = 10  # fmt: skip
    warm_up_share: Annotated[float, Setting("of the steps of all `asks` that the weights train alone, if that is more "
                                            "than warm_up", low=0, high=0.95)] = 0.0  # fmt: skip
    sampler: Annotated[str, Setting("what the choices see", one_of=("softmax", "gumbel", "straight_through",
                                    "dirichlet", "sigmoid", "two_paths"))] = "softmax"  # fmt: skip
    weights_see: Annotated[
        str,
        Setting(
            "a path drawn by the probabilities, an even path, the sampler's draw, the mixture, or the largest, the "
            "smallest and two drawn paths",
            one_of=("path", "even_path", "sample", "mixture", "sandwich"),
        ),
    ] = "path"
    order: Annotated[int, Setting("of the bilevel step: 2 looks one step of the weights ahead", low=1, high=2)] = 1
    partial: Annotated[int, Setting("K: the options see a K-th of the channels", low=1)] = 1
    edges: Annotated[bool, Setting("whether the edges into a node have weights of their own")] = False
    perturb: Annotated[str, Setting("how the weights of the options are moved in the steps of the weights",
                                    one_of=("none", "random", "adversarial"))] = "none"  # fmt: skip
    perturb_size: Annotated[float, Setting("the largest such move, reached at the last of `asks`", low=0)] = 0.3
    auxiliary: Annotated[float, Setting("weight of an auxiliary skip at first; it falls to 0 over `asks`", low=0)] = 0.0
    zero_one: Annotated[float, Setting("weight of the zero-one loss of sigmoids", low=0)] = 0.0
    cost: Annotated[str, Setting("macs, params, or latency:FILE with a latency table")] = "macs"
    cost_form: Annotated[str, Setting("λ·log E added, the loss times λ·log(E)^β, or λ·max(0, E/limit - 1) added",
                                      one_of=("log", "power", "hinge"))] = "log"  # fmt: skip
    cost_power: Annotated[float, Setting("β of the form power")] = 0.6
    limit: Annotated[float, Setting("of the cost of proposals, in its own unit; 0: none", low=0)] = 0.0
    derive: Annotated[str, Setting("the likeliest genotype, a drawn one, or by removing options",
                                   one_of=("likeliest", "drawn", "removal"))] = "likeliest"  # fmt: skip
    tune: Annotated[int, Setting("steps of the weights after each decision by removal", low=0)] = 0
    stop: Annotated[str, Setting("rule that ends the training early",
                                 one_of=("never", "eigenvalue", "skips"))] = "never"  # fmt: skip
    stop_window: Annotated[int, Setting("asks over which eigenvalues are averaged", low=1)] = 5
    stop_factor: Annotated[float, Setting("rise of the averaged eigenvalue that stops", above=0)] = 1.3
    stop_share: Annotated[float, Setting("share of skips above which the rule skips stops", low=0, high=1)] = 0.5
    eigenvalue: Annotated[bool, Setting("whether the eigenvalue is computed though no rule needs it")] = False
    recompute: Annotated[bool, Setting("whether activations are computed again to save memory")] = False
    held: Annotated[tuple[str, ...] | None, Setting("genes that stay fixed, such as resolution=100")] = None


def signature(defaults: Mapping[str, Any]) -> inspect.Signature:
    """Return the signature of a method with these defaults: the space, the generator, and keyword-only settings."""
    hints, kind = get_type_hints(Settings, include_extras=True), inspect.Parameter
    first = [kind(name, kind.POSITIONAL_OR_KEYWORD) for name in ("space", "rng")]
    given = {field.name: defaults.get(field.name, field.default) for field in fields(Settings)}
    settings = [
        kind(name, kind.KEYWORD_ONLY, default=kind.empty if value is MISSING else value, annotation=hints[name])
        for name, value in given.items()
    ]
    return inspect.Signature([*first, *settings])
