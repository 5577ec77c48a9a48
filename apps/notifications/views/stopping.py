"""The page behind the link in every mail. Whoever has the link may stop the mails, and nothing else."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.core import notices, scope
from apps.notifications.services.preferences import mail_stop
from apps.notifications.services.stopping import read_token
from apps.tenancy.interface import tenancy


@csrf_exempt  # Mail programs post here (RFC 8058); the link itself is the proof.
@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, and stop the mails on POST."""
    meant = read_token(token)
    kind = notices.find(meant.kind)
    with scope.use(tenant_id=meant.tenant_id):
        workspace = tenancy().get_workspace(tenant_id=meant.tenant_id)
        if request.method == "POST":
            mail_stop(user_id=meant.user_id, kind=meant.kind)
    context = {
        "label": kind.label if kind else "",
        "workspace": workspace.name,
        "is_done": request.method == "POST",
    }
    return render(request, "notifications/stop.html", context)
