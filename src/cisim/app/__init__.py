"""The page on which dials are turned: the model in the browser, and what is shown of it."""
