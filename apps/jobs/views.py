"""The pages of jobs: what was started, how far it is, and what it left."""

import json
import mimetypes
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.core import permissions
from apps.core.errors import Conflict, NotFound
from apps.core.http.downloads import download
from apps.core.pages import page_of
from apps.jobs import selectors
from apps.jobs.models import Job
from apps.jobs.services import job_cancel, job_retry


@require_GET
def job_list(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show one's own jobs, or everybody's to those who may see them."""
    page = page_of(selectors.jobs(), cursor=request.GET.get("cursor", ""))
    context = {"page": page, "sees_all": permissions.allows("jobs.read")}
    return render(request, "jobs/list.html", context)


@require_GET
def detail(request: HttpRequest, workspace: str, job_id: UUID) -> HttpResponse:
    """Show a job. While it is under way the page asks for its progress every second."""
    return render(request, "jobs/job.html", _context(selectors.job(job_id)))


@require_GET
def progress(request: HttpRequest, workspace: str, job_id: UUID) -> HttpResponse:
    """Show the part of a job's page that changes. That it ended is said aloud."""
    job = selectors.job(job_id)
    response = render(request, "jobs/_job.html", _context(job))
    if job.has_ended:
        level = "success" if job.state == Job.State.DONE else "error"
        toast = {"title": job.get_state_display(), "text": job.title, "level": level}
        response["HX-Trigger"] = json.dumps({"toast": toast})
    return response


@require_POST
def cancel(request: HttpRequest, workspace: str, job_id: UUID) -> HttpResponse:
    """Cancel a job."""
    try:
        job_cancel(job_id=job_id)
    except Conflict as error:
        messages.error(request, str(error.message))
    return redirect("jobs:job", workspace, job_id)


@require_POST
def retry(request: HttpRequest, workspace: str, job_id: UUID) -> HttpResponse:
    """Begin a job again."""
    try:
        job_retry(job_id=job_id)
    except Conflict as error:
        messages.error(request, str(error.message))
    return redirect("jobs:job", workspace, job_id)


@require_GET
def result(request: HttpRequest, workspace: str, job_id: UUID) -> FileResponse:
    """Send the file that a job left, to the person who started it."""
    job = selectors.own(selectors.job(job_id))
    if not job.result_key:
        raise NotFound
    kind = mimetypes.guess_type(job.result_name)[0] or "application/octet-stream"
    return download(job.result_key, filename=job.result_name, content_type=kind)


def _context(job: Job) -> dict[str, Any]:
    is_own = selectors.is_own(job)
    return {
        "job": job,
        "lines": [(datetime.fromisoformat(line["at"]), line["text"]) for line in reversed(job.log)],
        "may_cancel": not job.has_ended and (is_own or permissions.allows("jobs.cancel")),
        "may_retry": is_own and job.state in (Job.State.FAILED, Job.State.CANCELLED),
        "may_download": is_own and job.result_key,
    }
