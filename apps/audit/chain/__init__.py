"""The seal of the log: batches of entries, each signed, and each with the hash of the one before.

documents     what is hashed and signed, byte for byte
keys          Ed25519: the key that signs, and those that did before
sealing       putting what waits into batches
heads         signed heads outside of the database
erasing       taking something out, with a signed receipt
exporting     lines that a customer can verify
reading       having PostgreSQL compare long logs with their seal
verification  finding what does not fit
"""
