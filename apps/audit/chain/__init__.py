"""The seal of the log: batches of entries, each signed, and each with the hash of the one before.

documents   what is hashed and signed, byte for byte
keys        Ed25519: the key that signs, and those that did before
sealing     putting what waits into batches
verification  finding what does not fit
"""
