"""A module in a process of its own: the client that stands in for it here, and the server that answers there.

Both know only its interface. A call is `POST <URL>/<module>/<method>` with the arguments as JSON; the service token
says who calls, for whom, and what exactly.
"""
