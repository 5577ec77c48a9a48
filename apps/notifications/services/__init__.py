"""Writing: what people are told, what they choose, and the mails."""
