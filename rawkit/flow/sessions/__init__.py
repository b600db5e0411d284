"""Transports beside TCP that open and close: SCTP's associations, and DCCP's connections."""
