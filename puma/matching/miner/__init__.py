"""What a text says by name: proposal codes, data DOIs, instruments and facilities, by each facility's grammar."""
