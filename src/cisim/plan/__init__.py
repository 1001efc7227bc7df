"""The planner's desk: plans, money, guesses, and what is likely of them."""
