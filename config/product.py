"""What this product is called, and where it lives. `make mine` writes these lines."""

NAME = "Tenon"
SLUG = "tenon"  # for machines: a header of the API, addresses of errors
DOMAIN = "tenon.example"
SENDER = "hello@tenon.example"
