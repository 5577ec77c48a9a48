"""A product module for the tests of the house: two tables of a cell, so that those need no module of the product."""
