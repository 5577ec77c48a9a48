"""What Stripe does with money and time."""
