"""`make mine NAME="Acme" HUE=150`: give the product a name, a colour, a domain and a sender of your own.

`fresh/` holds what takes the place of pages about the starter, once.
"""
