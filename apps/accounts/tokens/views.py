"""What apps ask for besides log-in, which is allauth's: new tokens, the end of a sign-in, and our public keys."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.headless.account.views import SessionView as FlowView
from allauth.headless.adapter import get_adapter
from allauth.headless.constants import Client
from allauth.headless.internal.restkit import inputs
from allauth.headless.internal.restkit.response import APIResponse
from allauth.headless.tokens.inputs import RefreshTokenInput
from allauth.headless.tokens.views import RefreshTokenView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from apps.accounts.interface import TokenHolder
from apps.accounts.models import User
from apps.accounts.tokens.keyring import PUBLISHED_FOR, keyring
from apps.accounts.tokens.sessions import session_end, session_refresh
from apps.accounts.tokens.strategy import described
from apps.core.errors import Invalid
from apps.tenancy.interface import tenancy


def readable(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Refuse what allauth would stumble over: JSON that is nested too deeply, or holds half of a character."""

    @wraps(view)
    def reading(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            json.dumps(json.loads(request.body), ensure_ascii=False).encode()
        except (RecursionError, UnicodeEncodeError) as error:
            raise Invalid from error
        except ValueError:
            pass  # it is no JSON, and allauth says so
        return view(request, *args, **kwargs)

    return reading


class RefreshInput(RefreshTokenInput):
    workspace = inputs.CharField(required=False)


class RefreshView(RefreshTokenView):
    """Gives the next pair of tokens for a refresh token, in another workspace if one is named."""

    input_class = RefreshInput

    def post(self, request: HttpRequest) -> HttpResponse:
        given = self.input.cleaned_data
        tokens = session_refresh(presented=given["refresh_token"], workspace=given["workspace"])
        return APIResponse(request, data=described(tokens))


class SessionView(FlowView):
    """Tells an app whom it is signed in for, and signs it out. Without a token it is allauth's, about a log-in."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        token = _token(request)
        if token is None:
            return super().get(request, *args, **kwargs)
        data = {
            "user": get_adapter().serialize_user(User.objects.get(id=token.user_id)),
            "workspaces": [
                {"slug": found.slug, "name": found.name, "current": found.id == token.tenant_id}
                for found in tenancy().list_workspaces(user_id=token.user_id)
            ],
        }
        return APIResponse(request, data=data, meta={"is_authenticated": True})

    def delete(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if token := _token(request):
            session_end(user=User.objects.get(id=token.user_id), session_id=token.session_id)
        return super().delete(request, *args, **kwargs)


# Else the refusal of a stolen token would undo what it brings about, wherever requests are transactions.
refresh = transaction.non_atomic_requests(RefreshView.as_api_view(client=Client.APP))
session = SessionView.as_api_view(client=Client.APP)


@require_GET
@cache_control(public=True, max_age=PUBLISHED_FOR)
def published_keys(request: HttpRequest) -> HttpResponse:
    """Show the keys by which others can tell that a token is ours."""
    keys = [key.published for key in keyring().keys]
    return JsonResponse({"keys": keys}, content_type="application/jwk-set+json")


def _token(request: HttpRequest) -> TokenHolder | None:
    return getattr(request, "token", None)
