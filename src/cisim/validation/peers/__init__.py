"""Peers: public packages by others that simulate what a limit case of cisim is; each is used only where it is installed."""
