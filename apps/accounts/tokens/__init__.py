"""Tokens for the API: what apps hold where browsers have a cookie. docs/guides/signing-in-by-api.md"""
