"""`python -m tests.benchmarks.contenders.sign_in USER_ID`: sign an app in, and print its access token."""

import sys

import django


def main() -> None:
    django.setup()
    from apps.accounts.models import User
    from apps.accounts.tokens.sessions import session_begin
    from apps.core import clock

    tokens = session_begin(
        user=User.objects.get(id=sys.argv[1]),
        methods=["pwd"],
        authenticated_at=clock.now(),
        user_agent="bench",
        address="127.0.0.1",
    )
    print(tokens.access)  # noqa: T201 - what the benchmark reads


if __name__ == "__main__":
    main()
