"""Exercises of the course: functions that judge an answer, and what a right one shows."""
