"""A search with several workers: it asks again before it is told, and the order of asks and tells is stored."""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from time import process_time

from nasbench_pose.errors import StoreError
from nasbench_pose.evaluators import Trial
from nasbench_pose.search.asking import ask, ask_again, level
from nasbench_pose.search.course import Course
from nasbench_pose.search.crews import Crew
from nasbench_pose.search.keeping import Keeper
from nasbench_pose.store import Ask, Step
from nasbench_pose.strategies import Exhausted, Proposal, Strategy


def steps_of_a_crew(
    strategy: Strategy,
    course: Course,
    crew: Crew,
    keeper: Keeper,
    asks: Sequence[Ask],
    check: Callable[[Trial], None],
) -> Generator[Step, None, None]:
    """Yield new steps of a search with a crew, in the order in which their trainings end.

    `asks` are those of the database. `check` raises for a trial that lacks a metric. Errors are those of `loop.search`.
    """
    run, done = course.run, course.done
    under_way = _replay(strategy, course, crew, keeper, asks)
    asked, more = len(asks) if crew.size > 1 else len(done), True
    while not course.ended:
        while more and len(under_way) < crew.size and (crew.ahead or asked < course.budget):
            before = process_time()
            try:
                proposal = ask(strategy, run)
            except Exhausted:
                more = False
                break
            asked += 1
            wish = Ask(asked, len(done), proposal.genotype, *level(proposal, run), process_time() - before)
            if crew.size > 1:
                keeper.note(wish)
            crew.begin(wish, keeper.find(wish.genotype, wish.fidelity, wish.schedule), None)
            under_way[asked] = proposal
        if not under_way:
            return
        wish, trial, turn = crew.finish()
        check(trial)
        step = keeper.keep(Step(len(done) + 1, trial, wish.seconds, turn if crew.size > 1 else None))
        strategy.tell(under_way.pop(wish.number), course.losses(step.trial))
        yield course.add(step)


def _replay(strategy: Strategy, course: Course, crew: Crew, keeper: Keeper, asks: Sequence[Ask]) -> dict[int, Proposal]:
    """Restore strategy and crew by the stored order of asks and tells; return number -> proposal of those under way."""
    run, done = course.run, course.done
    waiting, asked = deque(asks if crew.size > 1 else map(_ask_of, done)), dict[int, tuple[Ask, Proposal]]()
    for told in range(len(done) + 1):
        while waiting and waiting[0].told == told:
            wish = waiting.popleft()
            again = ask_again(strategy, run, f"Ask {wish.number}", wish.genotype, wish.fidelity, wish.schedule)
            asked[wish.number] = wish, again
        if told < len(done):
            step = done[told]
            number = step.number if step.turn is None else step.turn.ask
            if number not in asked:
                raise StoreError(f"Step {step.number} of this run of {run.strategy!r} was never asked for: `db check`.")
            strategy.tell(asked.pop(number)[1], course.losses(step.trial))
            crew.skip(step)
    ends = [0.0, *(step.turn.end for step in done if step.turn is not None)]
    for wish, _ in asked.values():
        crew.begin(wish, keeper.find(wish.genotype, wish.fidelity, wish.schedule), ends[wish.told])
    return {number: proposal for number, (_, proposal) in asked.items()}


def _ask_of(step: Step) -> Ask:
    """Return the ask of a step of one worker: none of them is stored, as each follows the step before."""
    trial = step.trial
    return Ask(step.number, step.number - 1, trial.genotype, trial.fidelity, trial.schedule, step.ask_seconds)
