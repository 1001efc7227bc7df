"""Numbers in words, sentences, JSON documents and files: what the command line, notebooks and pages share."""
