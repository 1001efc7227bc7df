from cisim.study.recording import bands as bands
