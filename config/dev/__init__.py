"""`make dev` and `make reset`: run Tenon on one machine, with nothing but Python installed."""
