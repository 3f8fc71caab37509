"""An OAI-PMH repository on loopback that misbehaves in one way at a time, in every way that was seen or feared."""
