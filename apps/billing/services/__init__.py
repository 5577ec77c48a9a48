"""Writing: what Stripe tells us, and the state of accounts."""
