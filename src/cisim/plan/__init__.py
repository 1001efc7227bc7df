"""The planner's desk: plans, money, guesses, and what is likely of them."""

#: Runs of each plan in a world, worlds of a batch (a part of what is kept), and worlds that are tried at most by default.
RUNS, BATCH, WORLDS = 4, 10, 200
#: Percentage points of progress: differences smaller than this count as equal.
PRECISION = 0.5
#: Of advice: combinations that are tried, and fresh worlds that judge at most, by default.
TRIALS, JUDGES = 80, 100
