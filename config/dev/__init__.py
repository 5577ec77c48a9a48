"""`make dev` and `make reset`: run everything on one machine, with nothing but Python installed."""
